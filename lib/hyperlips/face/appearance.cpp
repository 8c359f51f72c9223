// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/appearance.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

#include <opencv2/imgproc.hpp>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

/// Forehead, brows, around the eyes, nose, cheeks, temples and jaw.
constexpr std::array<std::uint16_t, 82> kSkin{
    10,  151, 9,   67,  109, 338, 297, 103, 332, 54,  284, 21,  251, 69,  299, 108, 337,
    104, 333, 70,  63,  105, 66,  107, 300, 293, 334, 296, 336, 33,  133, 362, 263, 117,
    118, 101, 50,  36,  205, 187, 123, 116, 346, 347, 330, 280, 266, 425, 411, 352, 345,
    168, 6,   197, 195, 5,   4,   64,  294, 127, 356, 162, 389, 234, 454, 93,  323, 132,
    361, 172, 397, 136, 365, 150, 379, 176, 400, 152, 148, 377, 164, 2};
/// The upper outline of the face, beyond which is hair.
constexpr std::array<std::uint16_t, 11> kHairLine{10,  67, 297, 103, 332, 54,
                                                  284, 21, 251, 127, 356};
/// Distances from the middle of the face, in those of the outline.
constexpr std::array<float, 2> kHair{1.2f, 1.38f};
static_assert(kSkin.size() + kHair.size() * kHairLine.size() == Appearance::kPoints);

constexpr int kMiddle = 168;  // between the eyes
/// The part of the frame that is read, in sizes of the face, and its picture.
constexpr float kRoom = 1.5f;
constexpr int kSide = 128, kSmall = 64;
/// Differences of color tell more than brightness, which changes with light from the side.
constexpr float kColorWeight = 2;
/// A point that is covered or in the background does not count for more.
constexpr float kMostDifference = 1;

cv::Vec3f color_of(const cv::Vec3b &bgr) {
  // The constant limits the noise of dark pixels.
  const float b = std::log(float(bgr[0]) + 8), g = std::log(float(bgr[1]) + 8),
              r = std::log(float(bgr[2]) + 8);
  return {(b + 2 * g + r) / 4, kColorWeight * (r - g), kColorWeight * (b - (r + g) / 2)};
}

}  // namespace

Appearance::Appearance(const FrameView &frame, const Landmarks &landmarks) {
  const Box box = bounding_box(landmarks);
  const float half = kRoom / 2 * std::max(box.width(), box.height());
  if (!(half >= 2) || !std::isfinite(half)) return;
  const cv::Point2f center = box.center();
  const Affine to_frame =
      crop_to_frame({center.x - half, center.y - half, center.x + half, center.y + half}, kSide);
  cv::Mat crop;
  cv::resize(sample_bgr(frame, to_frame, {kSide, kSide}, Border::Replicate), crop, {kSmall, kSmall},
             0, 0, cv::INTER_AREA);
  cv::blur(crop, crop, {3, 3});
  const Affine to_crop = to_frame.inverse();
  const auto color = [&](float x, float y) {
    const cv::Point2d at = to_crop(x, y);
    const auto index = [](double full) {
      return std::clamp(int((full + 0.5) * kSmall / kSide), 0, kSmall - 1);
    };
    return color_of(crop.at<cv::Vec3b>(index(at.y), index(at.x)));
  };
  const cv::Point3f middle = landmarks[kMiddle];
  std::size_t n = 0;
  float brightness = 0;
  for (const std::uint16_t i : kSkin) {
    colors_[n] = color(landmarks[i].x, landmarks[i].y);
    brightness += colors_[n++][0] / float(kSkin.size());
  }
  for (const float far : kHair) {
    for (const std::uint16_t i : kHairLine) {
      const cv::Point3f at = middle + far * (landmarks[i] - middle);
      colors_[n++] = color(at.x, at.y);
    }
  }
  for (cv::Vec3f &point : colors_) point[0] -= brightness;
  empty_ = false;
}

/// Squares of the differences of the points.
std::array<float, Appearance::kPoints> Appearance::differences(const Appearance &other) const {
  std::array<float, kPoints> squares;
  for (std::size_t i = 0; i < kPoints; ++i) {
    const cv::Vec3f difference = colors_[i] - other.colors_[i];
    squares[i] = std::min(difference.dot(difference), kMostDifference * kMostDifference);
  }
  return squares;
}

float Appearance::distance(const Appearance &other) const {
  if (empty_ || other.empty_) return std::numeric_limits<float>::infinity();
  const auto squares = differences(other);
  return std::sqrt(std::accumulate(squares.begin(), squares.end(), 0.0f) / float(kPoints));
}

float Appearance::uncovered_distance(const Appearance &other) const {
  if (empty_ || other.empty_) return std::numeric_limits<float>::infinity();
  auto squares = differences(other);
  constexpr std::size_t kUncovered = kPoints * 7 / 10;
  const auto end = squares.begin() + kUncovered;
  std::nth_element(squares.begin(), end, squares.end());
  return std::sqrt(std::accumulate(squares.begin(), end, 0.0f) / float(kUncovered));
}

void Appearance::learn(const Appearance &seen, float weight) {
  if (seen.empty_) return;
  if (empty_) {
    *this = seen;
    return;
  }
  for (std::size_t i = 0; i < kPoints; ++i) colors_[i] += weight * (seen.colors_[i] - colors_[i]);
}

}  // namespace hyperlips
