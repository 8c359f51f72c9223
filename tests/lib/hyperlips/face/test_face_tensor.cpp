// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <vector>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/tensor.hpp"

namespace hyperlips {
namespace {

constexpr std::size_t kPlane = 128 * 128;

cv::Mat random_picture(int type, int seed) {
  cv::Mat picture(128, 128, type);
  cv::RNG(static_cast<std::uint64_t>(seed)).fill(picture, cv::RNG::UNIFORM, 0, 256);
  return picture;
}

TEST(BaseInput, LowerHalfOfTargetIsZero) {
  const cv::Mat target = random_picture(CV_8UC3, 1), reference = random_picture(CV_8UC3, 2);
  std::vector<float> tensor(kFaceTensor, -1);
  base_input(target, reference, tensor);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      for (int c = 0; c < 3; ++c) {
        const std::size_t at = c * kPlane + y * 128 + x;
        const float shown = static_cast<float>(target.at<cv::Vec3b>(y, x)[c]) / 255;
        ASSERT_EQ(tensor[at], y < 64 ? shown : 0.0f);
        ASSERT_EQ(tensor[at + 3 * kPlane],
                  static_cast<float>(reference.at<cv::Vec3b>(y, x)[c]) / 255);
      }
}

TEST(HrInput, RepeatsSketch) {
  const cv::Mat face = random_picture(CV_8UC3, 3);
  cv::Mat sketch(128, 128, CV_8UC1, cv::Scalar(0));
  sketch.at<std::uint8_t>(5, 7) = 255;
  std::vector<float> tensor(kFaceTensor, -1);
  hr_input(face, sketch, tensor);
  EXPECT_EQ(tensor[2 * kPlane + 5 * 128 + 7],
            static_cast<float>(face.at<cv::Vec3b>(5, 7)[2]) / 255);
  EXPECT_EQ(tensor[100 * 128 + 7], static_cast<float>(face.at<cv::Vec3b>(100, 7)[0]) / 255);
  for (std::size_t c = 3; c < 6; ++c) {
    EXPECT_EQ(tensor[c * kPlane + 5 * 128 + 7], 1.0f);
    EXPECT_EQ(tensor[c * kPlane + 5 * 128 + 8], 0.0f);
  }
}

TEST(PictureFromTensor, RoundsAndClamps) {
  std::vector<float> tensor(3 * 4, 0);
  tensor[0] = 1;             // B of (0, 0)
  tensor[1] = 7.0f;          // B of (0, 1)
  tensor[4] = -3;            // G of (0, 0)
  tensor[7] = 100.6f / 255;  // G of (1, 1)
  tensor[8] = NAN;           // R of (0, 0)
  tensor[10] = 0.5f / 255;   // R of (1, 0)
  const cv::Mat picture = picture_from_tensor(tensor, 2);
  ASSERT_EQ(picture.type(), CV_8UC3);
  EXPECT_EQ(picture.at<cv::Vec3b>(0, 0), cv::Vec3b(255, 0, 0));
  EXPECT_EQ(picture.at<cv::Vec3b>(0, 1), cv::Vec3b(255, 0, 0));
  EXPECT_EQ(picture.at<cv::Vec3b>(1, 0), cv::Vec3b(0, 0, 1));
  EXPECT_EQ(picture.at<cv::Vec3b>(1, 1), cv::Vec3b(0, 101, 0));
}

TEST(PictureFromTensor, InverseOfInput) {
  const cv::Mat picture = random_picture(CV_8UC3, 4);
  std::vector<float> tensor(kFaceTensor);
  base_input(picture, picture, tensor);
  const cv::Mat back = picture_from_tensor(std::span(tensor).subspan(3 * kPlane), 128);
  EXPECT_EQ(cv::norm(picture, back, cv::NORM_INF), 0);
}

int value(const std::vector<std::byte> &bytes, int y, int x, int channel) {
  return std::to_integer<int>(bytes[std::size_t((y * 128 + x) * 6 + channel)]);
}

TEST(BasePixels, LowerHalfOfTargetIsZero) {
  const cv::Mat target = random_picture(CV_8UC3, 1), reference = random_picture(CV_8UC3, 2);
  std::vector<std::byte> pixels(kFaceTensor, std::byte{7});
  base_pixels(target, reference, pixels);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      for (int c = 0; c < 3; ++c) {
        ASSERT_EQ(value(pixels, y, x, c), y < 64 ? target.at<cv::Vec3b>(y, x)[c] : 0);
        ASSERT_EQ(value(pixels, y, x, c + 3), reference.at<cv::Vec3b>(y, x)[c]);
      }
}

TEST(HrPixels, RepeatsSketch) {
  // Rows of a part of a picture are not contiguous.
  cv::Mat large(200, 150, CV_8UC3);
  cv::RNG(3).fill(large, cv::RNG::UNIFORM, 0, 256);
  const cv::Mat face = large(cv::Rect(9, 20, 128, 128)), sketch = random_picture(CV_8UC1, 4);
  std::vector<std::byte> pixels(kFaceTensor, std::byte{7});
  hr_pixels(face, sketch, pixels);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x)
      for (int c = 0; c < 3; ++c) {
        ASSERT_EQ(value(pixels, y, x, c), face.at<cv::Vec3b>(y, x)[c]);
        ASSERT_EQ(value(pixels, y, x, c + 3), sketch.at<std::uint8_t>(y, x));
      }
}

std::vector<std::byte> random_rows(int rows, int side) {
  std::vector<std::byte> bytes(std::size_t(rows * side * 3));
  cv::RNG random(5);
  for (std::byte &byte : bytes) byte = std::byte(random.uniform(0, 256));
  return bytes;
}

TEST(PictureFromRows, RowsAboveAreOfTheCrop) {
  const cv::Mat crop = random_picture(CV_8UC3, 6);
  for (const int side : {128, 256, 512})
    for (const int first : {0, 1, 62, 127}) {
      const int start = first * side / 128;
      const std::vector<std::byte> rows = random_rows(side - start, side);
      const cv::Mat picture = picture_from_rows(rows, first, crop, side);
      ASSERT_EQ(picture.size(), cv::Size(side, side));
      ASSERT_EQ(picture.type(), CV_8UC3);
      cv::Mat enlarged;
      cv::resize(crop, enlarged, picture.size(), 0, 0, cv::INTER_LINEAR);
      for (int y = 0; y < start; ++y)
        ASSERT_EQ(cv::norm(picture.row(y), enlarged.row(y), cv::NORM_INF), 0) << y;
      for (int y = start; y < side; ++y)
        for (int x = 0; x < side; ++x)
          for (int c = 0; c < 3; ++c)
            ASSERT_EQ(picture.at<cv::Vec3b>(y, x)[c],
                      std::to_integer<int>(rows[std::size_t(((y - start) * side + x) * 3 + c)]));
    }
}

TEST(PictureFromRows, DoesNotChangeTheCrop) {
  const cv::Mat crop = random_picture(CV_8UC3, 6), before = crop.clone();
  picture_from_rows(random_rows(64, 128), 64, crop, 128);
  EXPECT_EQ(cv::norm(crop, before, cv::NORM_INF), 0);
}

TEST(FaceTensors, RejectsWrongSizesAndTypes) {
  const cv::Mat face = random_picture(CV_8UC3, 5), sketch = random_picture(CV_8UC1, 6);
  const cv::Mat small(64, 64, CV_8UC3, cv::Scalar(0));
  std::vector<float> tensor(kFaceTensor);
  EXPECT_THROW(base_input(small, face, tensor), Error);
  EXPECT_THROW(base_input(face, small, tensor), Error);
  EXPECT_THROW(base_input(face, sketch, tensor), Error);
  EXPECT_THROW(hr_input(face, face, tensor), Error);
  EXPECT_THROW(base_input(face, face, std::span(tensor).first(100)), Error);
  EXPECT_THROW(picture_from_tensor(tensor, 128), Error);
  EXPECT_THROW(picture_from_tensor({}, 0), Error);

  std::vector<std::byte> pixels(kFaceTensor);
  EXPECT_THROW(base_pixels(small, face, pixels), Error);
  EXPECT_THROW(base_pixels(face, sketch, pixels), Error);
  EXPECT_THROW(base_pixels(face, face, std::span(pixels).first(100)), Error);
  EXPECT_THROW(hr_pixels(face, face, pixels), Error);
  const std::vector<std::byte> rows = random_rows(128, 128);
  EXPECT_THROW(picture_from_rows(rows, 1, face, 128), Error);
  EXPECT_THROW(picture_from_rows(rows, -1, face, 128), Error);
  EXPECT_THROW(picture_from_rows({}, 128, face, 128), Error);
  EXPECT_THROW(picture_from_rows(rows, 0, small, 128), Error);
  EXPECT_THROW(picture_from_rows(random_rows(64, 64), 0, face, 64), Error);
  EXPECT_THROW(picture_from_rows(random_rows(200, 200), 0, face, 200), Error);
}

}  // namespace
}  // namespace hyperlips
