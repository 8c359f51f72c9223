// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <opencv2/imgproc.hpp>

#include "common/gst_frame.hpp"
#include "hyperlips/face/color_match.hpp"
#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

constexpr int kSide = 128;
const cv::Size kFrame(320, 280);
/// Position of the picture in the frame: enlarged, with sub-pixel offset.
const Affine kPlace{{1.6, 0, 50.3, 0, 1.6, 30.7}};

/// Skin with broad shading and fine texture.
cv::Mat skin() {
  cv::Mat frame(kFrame, CV_8UC3);
  cv::RNG noise(4);
  for (int y = 0; y < frame.rows; ++y)
    for (int x = 0; x < frame.cols; ++x)
      for (int c = 0; c < 3; ++c)
        frame.at<cv::Vec3b>(y, x)[c] = cv::saturate_cast<std::uint8_t>(
            90 + 30 * c + 15 * std::sin(x / 60.0 + c) + y / 14.0 + noise.gaussian(2));
  return frame;
}

/// Lower half of the picture, an ellipse with a soft edge.
Mask mask() {
  Mask mask{{60, 130, 180, 95}, cv::Mat(95, 180, CV_32FC1)};
  for (int y = 0; y < 95; ++y)
    for (int x = 0; x < 180; ++x)
      mask.alpha.at<float>(y, x) = static_cast<float>(
          std::clamp(3.2 - 3.2 * std::hypot((x - 89.5) / 90, (y - 47) / 47.5), 0.0, 1.0));
  return mask;
}

/// The matched picture, rounded to 8 bits.
cv::Mat match(const FrameView &frame, const cv::Mat &picture, const Affine &place,
              const Mask &where) {
  const cv::Mat matched = match_color(frame, picture, place, where);
  EXPECT_EQ(matched.type(), CV_32FC3);
  cv::Mat rounded;
  matched.convertTo(rounded, CV_8U);
  return rounded;
}

using Shift = std::function<cv::Vec3d(double x, double y)>;

/// A generated face: a region of the frame with shifted colors.
cv::Mat made_of(const cv::Mat &frame, const Shift &shift) {
  cv::Mat picture = sample_bgr(view_of(frame), kPlace, {kSide, kSide}, Border::Replicate);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      auto &pixel = picture.at<cv::Vec3b>(y, x);
      pixel = cv::Vec3d(pixel) + shift(x / double{kSide}, y / double{kSide});
    }
  return picture;
}

/// Mean color difference of picture and frame in `part`, where low < alpha <= high.
cv::Vec3d cast(const cv::Mat &frame, const cv::Mat &picture, const cv::Rect &part, float low,
               float high) {
  const Mask m = mask();
  const Affine back = kPlace.inverse();
  cv::Vec3d sum;
  int n = 0;
  for (int y = part.y; y < part.br().y; ++y)
    for (int x = part.x; x < part.br().x; ++x) {
      const float alpha = m.alpha.at<float>(y - m.rect.y, x - m.rect.x);
      if (alpha <= low || alpha > high) continue;
      const cv::Mat at = sample_bgr(view_of(picture), {{1, 0, back(x, y).x, 0, 1, back(x, y).y}},
                                    {1, 1}, Border::Replicate);
      sum += cv::Vec3d(at.at<cv::Vec3b>(0, 0)) - cv::Vec3d(frame.at<cv::Vec3b>(y, x));
      ++n;
    }
  return sum / n;
}

void expect_no_cast(const cv::Mat &frame, const cv::Mat &picture, double tolerance) {
  const cv::Rect r = mask().rect;
  // Each quarter of the rim.
  for (const cv::Point corner :
       {r.tl(), r.tl() + cv::Point(r.width / 2, 0), r.tl() + cv::Point(0, r.height / 2),
        r.tl() + cv::Point(r.width / 2, r.height / 2)}) {
    const cv::Vec3d off =
        cast(frame, picture, {corner, cv::Size(r.width / 2, r.height / 2)}, 0, 0.6f);
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(off[c], 0, tolerance) << corner << " color " << c;
  }
}

TEST(ColorMatch, MatchingPictureUnchanged) {
  const cv::Mat frame = skin();
  const cv::Mat picture = made_of(frame, [](double, double) { return cv::Vec3d(); });
  const cv::Mat matched = match(view_of(frame), picture, kPlace, mask());
  EXPECT_LE(cv::norm(matched, picture, cv::NORM_INF), 1);
}

TEST(ColorMatch, ConstantShift) {
  const cv::Mat frame = skin();
  const cv::Mat picture = made_of(frame, [](double, double) { return cv::Vec3d(-9, 4, 18); });
  const cv::Mat kept = picture.clone();
  const cv::Mat matched = match(view_of(frame), picture, kPlace, mask());
  expect_no_cast(frame, matched, 2);
  EXPECT_EQ(cv::norm(picture, kept, cv::NORM_INF), 0) << "the input must stay";
}

TEST(ColorMatch, LinearShift) {
  const cv::Mat frame = skin();
  const cv::Mat picture = made_of(frame, [](double x, double y) {
    return cv::Vec3d(20 * x - 10, 12 - 24 * y, 16 * x + 8 * y);
  });
  expect_no_cast(frame, match(view_of(frame), picture, kPlace, mask()), 2);
}

TEST(ColorMatch, YuvFrames) {
  const cv::Mat frame = skin();
  const cv::Mat picture = made_of(frame, [](double, double) { return cv::Vec3d(10, -8, 14); });
  for (const PixelFormat format : {PixelFormat::I420, PixelFormat::v210}) {
    GstFrame raw(format, kFrame.width, kFrame.height);
    raw.fill(frame);
    expect_no_cast(frame, match(raw.view(), picture, kPlace, mask()), 2);
  }
}

TEST(ColorMatch, PreservesMouth) {
  // Another mouth inside the mask does not change the correction and keeps its contrast.
  const cv::Mat frame = skin();
  const Shift shift = [](double, double) { return cv::Vec3d(8, 8, 8); };
  cv::Mat picture = made_of(frame, shift);
  const cv::Mat without = match(view_of(frame), picture, kPlace, mask());
  const cv::Rect mouth(50, 85, 28, 16);
  picture(mouth).setTo(cv::Scalar(40, 30, 120));
  const cv::Mat with = match(view_of(frame), picture, kPlace, mask());
  const cv::Vec3b color = with.at<cv::Vec3b>(92, 64);
  EXPECT_NEAR(color[0], 32, 2);
  EXPECT_NEAR(color[2], 112, 2);
  cv::Mat a = with.clone(), b = without.clone();
  a(mouth).setTo(0), b(mouth).setTo(0);
  EXPECT_LE(cv::norm(a, b, cv::NORM_INF), 1);
}

/// A mouth in the middle of the picture, of colors that the rim does not have.
const cv::Rect kMouth(50, 85, 28, 16);
const cv::Scalar kLips(40, 30, 120);

TEST(ColorMatch, HazeLowersContrast) {
  // The frame was filmed through haze: less contrast, brighter. The picture is clear.
  const cv::Mat clear = skin();
  cv::Mat frame;
  clear.convertTo(frame, CV_8U, 0.6, 70);
  cv::Mat picture = made_of(clear, [](double, double) { return cv::Vec3d(); });
  picture(kMouth).setTo(kLips);
  const cv::Mat matched = match(view_of(frame), picture, kPlace, mask());
  expect_no_cast(frame, matched, 2);
  const cv::Vec3b lips = matched.at<cv::Vec3b>(92, 64);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(lips[c], 0.6 * kLips[c] + 70, 9) << c;
}

TEST(ColorMatch, LightFromTheSide) {
  // The frame's light falls off to the right, the picture's does not; no texture tells of it.
  cv::Mat even(kFrame, CV_8UC3, cv::Scalar(110, 130, 180)), frame = even.clone();
  const auto light = [](double x) { return 1 - 0.5 * x / kFrame.width; };
  for (int x = 0; x < frame.cols; ++x) frame.col(x) *= light(x);
  cv::Mat picture = made_of(even, [](double, double) { return cv::Vec3d(); });
  picture(kMouth).setTo(kLips);
  const cv::Mat matched = match(view_of(frame), picture, kPlace, mask());
  expect_no_cast(frame, matched, 3);
  for (const int x : {52, 64, 76}) {
    const cv::Vec3b lips = matched.at<cv::Vec3b>(92, x);
    for (int c = 0; c < 3; ++c)
      EXPECT_NEAR(lips[c], kLips[c] * light(kPlace(x, 92).x), 5) << x << " color " << c;
  }
}

TEST(ColorMatch, MixedCorrections) {
  const cv::Mat frame = skin();
  const auto shifted_by = [&](double by) {
    return made_of(frame, [=](double, double) { return cv::Vec3d::all(by); });
  };
  const cv::Mat picture = shifted_by(0);
  const auto a = measure_colors(view_of(frame), shifted_by(10), kPlace, mask());
  const auto b = measure_colors(view_of(frame), shifted_by(-20), kPlace, mask());
  const cv::Scalar middle =
      cv::mean(corrected(picture, mixed(a, b, 0.5f)) - corrected(picture, {}));
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(middle[c], (-10 + 20) / 2.0, 1);
  EXPECT_GT(a.confidence, 0.9f);
}

TEST(ColorMatch, RobustToOccluder) {
  const cv::Mat clean = skin();
  const cv::Mat picture = made_of(clean, [](double, double) { return cv::Vec3d(-6, 5, 12); });
  cv::Mat frame = clean.clone();
  // A sleeve covers the lower left of the rim in the frame only.
  cv::rectangle(frame, {0, 180, 120, 100}, cv::Scalar(20, 20, 30), cv::FILLED);
  expect_no_cast(clean, match(view_of(frame), picture, kPlace, mask()), 3);
}

TEST(ColorMatch, UnchangedWithoutSoftEdge) {
  const cv::Mat frame = skin();
  const cv::Mat picture = made_of(frame, [](double, double) { return cv::Vec3d(10, 10, 10); });
  const Mask solid{{100, 150, 60, 40}, cv::Mat::ones(40, 60, CV_32FC1)};
  EXPECT_EQ(cv::norm(match(view_of(frame), picture, kPlace, solid), picture, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(match(view_of(frame), picture, kPlace, {}), picture, cv::NORM_INF), 0);
}

}  // namespace
}  // namespace hyperlips
