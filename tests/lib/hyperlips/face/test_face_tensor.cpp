// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

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
}

}  // namespace
}  // namespace hyperlips
