// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames whose pixels are not square.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "hyperlips/video/blend.hpp"
#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

constexpr double kAspects[] = {16.0 / 11, 8.0 / 9, 2, 0.5};

struct Stored {
  cv::Mat pixels;
  FrameView view;

  Stored(double aspect, int orientation) : pixels(150, 180, CV_8UC3, cv::Scalar::all(40)) {
    view = view_of(pixels);
    view.pixel_aspect = aspect;
    view.orientation = static_cast<Orientation>(orientation);
  }
};

/// A picture that changes slowly.
double pattern(double x, double y) { return 128 + 50 * std::sin(x / 15) + 40 * std::cos(y / 18); }

TEST(PixelAspect, SizeInSquarePixels) {
  FrameView view;
  view.stored_width = 720, view.stored_height = 576;
  view.pixel_aspect = 16.0 / 11;
  EXPECT_EQ(view.size(), cv::Size(1047, 576));
  view.orientation = Orientation::Rotate90;
  EXPECT_EQ(view.size(), cv::Size(576, 1047));
  view.stored_height = 480, view.pixel_aspect = 8.0 / 9;
  EXPECT_EQ(view.size(), cv::Size(540, 720));
  view.pixel_aspect = 0;  // not valid
  EXPECT_EQ(view.size(), cv::Size(480, 720));
}

TEST(PixelAspect, CornersMapToCorners) {
  for (const double aspect : kAspects)
    for (int o = 0; o < 8; ++o) {
      const Stored frame(aspect, o);
      const cv::Size size = frame.view.size();
      const Affine to_stored = frame.view.upright_to_stored();
      const cv::Point2d a = to_stored(-0.5, -0.5),
                        b = to_stored(size.width - 0.5, size.height - 0.5);
      EXPECT_NEAR(std::min(a.x, b.x), -0.5, 0.5);
      EXPECT_NEAR(std::max(a.x, b.x), 179.5, 0.5);
      EXPECT_NEAR(std::min(a.y, b.y), -0.5, 0.5);
      EXPECT_NEAR(std::max(a.y, b.y), 149.5, 0.5);
    }
}

TEST(PixelAspect, SamplesAreUndistorted) {
  for (const double aspect : kAspects)
    for (int o = 0; o < 8; ++o) {
      Stored frame(aspect, o);
      const Affine to_upright = frame.view.upright_to_stored().inverse();
      for (int y = 0; y < 150; ++y)
        for (int x = 0; x < 180; ++x) {
          const cv::Point2d p = to_upright(x, y);
          frame.pixels.at<cv::Vec3b>(y, x) =
              cv::Vec3b::all(cv::saturate_cast<uchar>(pattern(p.x, p.y)));
        }
      const cv::Mat seen =
          sample_bgr(frame.view, {{1, 0, 30, 0, 1, 20}}, {100, 100}, Border::Replicate);
      for (int y = 0; y < 100; y += 3)
        for (int x = 0; x < 100; x += 3)
          ASSERT_NEAR(seen.at<cv::Vec3b>(y, x)[1], pattern(x + 30, y + 20), 1.5)
              << aspect << ", orientation " << o;
    }
}

TEST(PixelAspect, BlendsWhereTheMaskIs) {
  const cv::Mat picture(8, 8, CV_8UC3, cv::Scalar::all(240));
  for (const double aspect : kAspects)
    for (int o = 0; o < 8; ++o) {
      const Stored frame(aspect, o);
      Mask mask{{30, 24, 80, 90}, cv::Mat(90, 80, CV_32FC1)};
      const auto alpha_at = [](double x, double y) {
        return std::clamp(2 - std::hypot((x - 69.5) / 20, (y - 68.5) / 22), 0.0, 1.0);
      };
      for (int y = 0; y < 90; ++y)
        for (int x = 0; x < 80; ++x)
          mask.alpha.at<float>(y, x) = static_cast<float>(alpha_at(x + 30, y + 24));
      blend(frame.view, picture, {{20, 0, 0, 0, 20, 0}}, mask, 0.75f);
      const Affine to_upright = frame.view.upright_to_stored().inverse();
      for (int y = 0; y < 150; ++y)
        for (int x = 0; x < 180; ++x) {
          const cv::Point2d p = to_upright(x, y);
          ASSERT_NEAR(frame.pixels.at<cv::Vec3b>(y, x)[0], 40 + 200 * 0.75 * alpha_at(p.x, p.y), 5)
              << aspect << ", orientation " << o << " at " << x << ", " << y;
        }
    }
}

}  // namespace
}  // namespace hyperlips
