// SPDX-License-Identifier: LGPL-2.1-or-later
#include <array>
#include <cmath>

#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>

#include "common/drawn_face.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"

namespace hyperlips {
namespace {

/// A face with noise, so that all pixels are relevant.
cv::Mat noisy_frame() {
  cv::Mat frame = draw_face({640, 480}, {.width = 0.4f});
  cv::Mat noise(frame.size(), frame.type());
  cv::RNG(7).fill(noise, cv::RNG::UNIFORM, 0, 60);
  return frame + noise;
}

int largest_difference(const cv::Mat &a, const cv::Mat &b) {
  cv::Mat difference;
  cv::absdiff(a, b, difference);
  double largest = 0;
  cv::minMaxLoc(difference.reshape(1), nullptr, &largest);
  return static_cast<int>(largest);
}

class WholeBoxes : public ::testing::TestWithParam<cv::Rect> {};

TEST_P(WholeBoxes, CropEqualsResize) {
  const cv::Mat frame = noisy_frame();
  const cv::Rect rect = GetParam();
  cv::Mat expected;
  cv::resize(frame(rect), expected, {kCropSize, kCropSize}, 0, 0, cv::INTER_LINEAR);
  const Box box{static_cast<float>(rect.x), static_cast<float>(rect.y),
                static_cast<float>(rect.br().x), static_cast<float>(rect.br().y)};
  const cv::Mat crop = crop_face(view_of(frame), box);
  ASSERT_EQ(crop.type(), CV_8UC3);
  ASSERT_EQ(crop.size(), expected.size());
  EXPECT_LE(largest_difference(crop, expected), 1);
}

INSTANTIATE_TEST_SUITE_P(Crop, WholeBoxes,
                         ::testing::Values(cv::Rect(200, 100, 128, 128),
                                           cv::Rect(187, 93, 251, 283), cv::Rect(0, 0, 640, 480),
                                           cv::Rect(250, 150, 60, 71), cv::Rect(511, 352, 129, 128),
                                           cv::Rect(300, 200, 100, 200)));

TEST(Crop, SubPixelBoxes) {
  // On a ramp, a sub-pixel shift is a shift of the values.
  cv::Mat ramp(300, 300, CV_8UC3);
  for (int y = 0; y < 300; ++y)
    for (int x = 0; x < 300; ++x)
      ramp.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<std::uint8_t>(x / 4 + y / 4));
  cv::GaussianBlur(ramp, ramp, {}, 3);
  const Box box{50, 50, 250, 250}, shifted{50.5f, 50.5f, 250.5f, 250.5f};
  const cv::Scalar difference =
      cv::mean(crop_face(view_of(ramp), shifted)) - cv::mean(crop_face(view_of(ramp), box));
  EXPECT_NEAR(difference[0], 0.25, 0.08);
}

TEST(Crop, ReplicatesFrameEdge) {
  cv::Mat frame(100, 100, CV_8UC3, cv::Scalar(10, 20, 30));
  frame.col(0).setTo(cv::Scalar(200, 100, 50));
  const cv::Mat crop = crop_face(view_of(frame), {-200, -50, -40, 150});
  EXPECT_EQ(crop.at<cv::Vec3b>(64, 64), cv::Vec3b(200, 100, 50));
  EXPECT_EQ(crop.at<cv::Vec3b>(0, 0), cv::Vec3b(200, 100, 50));
}

TEST(Crop, RejectsEmptyBoxes) {
  const cv::Mat frame(100, 100, CV_8UC3, cv::Scalar(0));
  EXPECT_THROW(crop_face(view_of(frame), {10, 10, 10, 20}), Error);
  EXPECT_THROW(crop_face(view_of(frame), {10, 10, 5, 20}), Error);
  EXPECT_THROW(crop_face(view_of(frame), {10, 10, NAN, 20}), Error);
}

TEST(Crop, TransformMapsCorners) {
  const Box box{10.25f, 20.5f, 138.25f, 276.5f};
  const Affine map = crop_to_frame(box);
  EXPECT_NEAR(map(-0.5, -0.5).x, box.x0 - 0.5, 1e-9);
  EXPECT_NEAR(map(-0.5, -0.5).y, box.y0 - 0.5, 1e-9);
  EXPECT_NEAR(map(127.5, 127.5).x, box.x1 - 0.5, 1e-9);
  EXPECT_NEAR(map(127.5, 127.5).y, box.y1 - 0.5, 1e-9);
  EXPECT_NEAR(crop_to_frame(box, 512)(511.5, 511.5).y, box.y1 - 0.5, 1e-9);
}

TEST(Boxes, PaddingInPercent) {
  EXPECT_EQ(padded({10, 20, 110, 220}, {.top = 5, .bottom = 10, .left = 1, .right = 2}),
            (Box{9, 10, 112, 240}));
}

TEST(Boxes, Mean) {
  const std::array<Box, 5> boxes{Box{0, 0, 10, 10}, Box{1, 2, 11, 12}, Box{2, 4, 12, 14},
                                 Box{3, 6, 13, 16}, Box{4, 8, 14, 18}};
  EXPECT_EQ(mean_box(boxes), (Box{2, 4, 12, 14}));
  EXPECT_EQ(mean_box(std::span(boxes).first(1)), boxes[0]);
  EXPECT_THROW(mean_box({}), Error);
  EXPECT_THROW(mean_box(std::array<Box, 6>{}), Error);
}

TEST(CausalBoxFilter, SuppressesJitter) {
  CausalBoxFilter filter;
  cv::RNG noise(3);
  double raw = 0, smooth = 0;
  Box last_raw, last_smooth;
  for (int i = 0; i < 250; ++i) {
    const auto jitter = [&] { return static_cast<float>(noise.gaussian(0.5)); };
    const Box box{100 + jitter(), 80 + jitter(), 300 + jitter(), 330 + jitter()};
    const Box filtered = filter.filter(box, i / 25.0);
    if (i > 25) {
      raw += std::abs(box.x0 - last_raw.x0);
      smooth += std::abs(filtered.x0 - last_smooth.x0);
      EXPECT_NEAR(filtered.x0, 100, 1);
      EXPECT_NEAR(filtered.y1, 330, 1);
    }
    last_raw = box;
    last_smooth = filtered;
  }
  EXPECT_LT(smooth, 0.35 * raw);
}

TEST(CausalBoxFilter, FollowsMotion) {
  for (float size : {40.0f, 200.0f, 1500.0f}) {
    CausalBoxFilter filter;
    Box filtered;
    float x = 0;
    for (int i = 0; i <= 50; ++i) {
      // Half a face size per second.
      x = size * 0.5f * static_cast<float>(i) / 25;
      filtered = filter.filter({x, 0, x + size, size}, i / 25.0);
    }
    EXPECT_NEAR(filtered.x0, x, 0.04 * size) << size;
    EXPECT_NEAR(filtered.width(), size, 0.01 * size) << size;
  }
}

TEST(CausalBoxFilter, Restarts) {
  const Box first{0, 0, 100, 100}, second{50, 50, 150, 150};
  CausalBoxFilter filter;
  EXPECT_EQ(filter.filter(first, 1), first);
  const Box between = filter.filter(second, 1.04);
  EXPECT_GT(between.x0, first.x0);
  EXPECT_LT(between.x0, second.x0);
  EXPECT_EQ(filter.filter(first, 5), first);
  EXPECT_EQ(filter.filter(second, 4), second);
  filter.reset();
  EXPECT_EQ(filter.filter(first, 4.04), first);
  EXPECT_EQ(filter.filter(second, 4.04), first);  // no time has passed
}

}  // namespace
}  // namespace hyperlips
