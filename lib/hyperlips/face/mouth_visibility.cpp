// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/mouth_visibility.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <opencv2/imgproc.hpp>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

// Landmarks on the outer and inner contour of the lips; samples are taken halfway between them.
constexpr std::array<std::array<int, 2>, 18> kLips{{{146, 95},
                                                    {91, 88},
                                                    {181, 178},
                                                    {84, 87},
                                                    {17, 14},
                                                    {314, 317},
                                                    {405, 402},
                                                    {321, 318},
                                                    {375, 324},
                                                    {409, 415},
                                                    {270, 310},
                                                    {269, 311},
                                                    {267, 312},
                                                    {0, 13},
                                                    {37, 82},
                                                    {39, 81},
                                                    {40, 80},
                                                    {185, 191}}};
// Landmarks on nose and cheekbones, which objects in front of the mouth do not cover.
constexpr std::array<int, 13> kSkin{117, 118, 101, 50, 36, 346, 347, 330, 280, 266, 6, 197, 195};

constexpr int kSide = 96;

/// The history: values at least kInterval apart, of about 20 s; a decision needs kEnough.
constexpr std::size_t kHistory = 500, kEnough = 8;
constexpr double kInterval = 0.036;  // seconds
// Lips paler than this cannot be distinguished from skin.
constexpr float kRedness = 0.06f;
// Measured on real clips: a visible mouth has 0.5 to 1.5 times its typical redness during speech;
// hands and other objects are below 0.25, red objects above 2.
constexpr float kHidden = 0.35f, kVisible = 0.45f, kTooRed = 1.8f, kTooRedOffset = 0.06f;
/// Hysteresis, for objects at the edge of the mouth.
constexpr double kVisibleTime = 0.1;  // seconds
/// The interval for values of an occluded mouth, to adapt to a permanent change of the light but
/// not to a hand.
constexpr double kHiddenInterval = 1;  // seconds
/// Containers round times.
constexpr double kRounding = 1e-3;

float median(std::span<float> values) {
  const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

float lip_redness(const FrameView &frame, const Landmarks &landmarks) {
  const Affine to_frame = crop_to_frame(bounding_box(landmarks), kSide);
  const Affine to_crop = to_frame.inverse();
  cv::Mat crop = sample_bgr(frame, to_frame, {kSide, kSide}, Border::Replicate);
  cv::blur(crop, crop, {3, 3});
  const auto redness = [&](float x, float y) {
    const cv::Point2d point = to_crop(x, y);
    const auto &bgr = crop.at<cv::Vec3b>(std::clamp(cvRound(point.y), 0, kSide - 1),
                                         std::clamp(cvRound(point.x), 0, kSide - 1));
    // The constant limits the noise of dark pixels.
    return std::log((float(bgr[2]) + 4) / (float(bgr[1]) + 4));
  };
  std::array<float, kLips.size()> lips;
  for (std::size_t i = 0; i < lips.size(); ++i) {
    const cv::Point3f &a = landmarks[std::size_t(kLips[i][0])],
                      &b = landmarks[std::size_t(kLips[i][1])];
    lips[i] = redness((a.x + b.x) / 2, (a.y + b.y) / 2);
  }
  std::array<float, kSkin.size()> skin;
  for (std::size_t i = 0; i < skin.size(); ++i) {
    const cv::Point3f &point = landmarks[std::size_t(kSkin[i])];
    skin[i] = redness(point.x, point.y);
  }
  return median(lips) - median(skin);
}

void MouthVisibility::remember(float redness, double time) {
  const double interval = hidden_ ? kHiddenInterval : kInterval;
  if (!recent_.empty() && time - remembered_ < interval - kRounding) return;
  remembered_ = time;
  if (recent_.size() < kHistory) {
    recent_.push_back(redness);
  } else {
    recent_[next_] = redness;
    next_ = (next_ + 1) % kHistory;
  }
}

bool MouthVisibility::is_hidden(float redness, double time) {
  float usual = 0;
  if (recent_.size() >= kEnough) {
    // The upper quartile, which is valid even if the mouth was occluded most of the time.
    std::vector<float> sorted = recent_;
    const auto quartile = sorted.begin() + std::ptrdiff_t(sorted.size() * 3 / 4);
    std::nth_element(sorted.begin(), quartile, sorted.end());
    usual = *quartile;
  }
  const bool known = usual >= kRedness;
  const bool too_red = known && redness > kTooRed * usual + kTooRedOffset;
  const bool too_pale = known && redness < (hidden_ ? kVisible : kHidden) * usual;
  if (too_red || too_pale) {
    hidden_ = true;
    last_hidden_ = time;
  } else if (hidden_ && (!known || time - last_hidden_ >= kVisibleTime - kRounding)) {
    hidden_ = false;
  }
  remember(redness, time);
  return hidden_;
}

}  // namespace hyperlips
