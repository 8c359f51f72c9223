// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/crop.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

// The 1 Euro filter, for coordinates in face sizes: at rest, noise is averaged over about five
// frames at 25 fps; at half a face size per second, the box lags by about 2 % of the face.
constexpr double kRestCutoff = 1;     // Hz
constexpr double kMotionCutoff = 10;  // Hz per face size per second
constexpr double kSlopeCutoff = 2;    // Hz
constexpr double kLongestGap = 1;     // seconds

/// The weight of a new value in a low-pass filter with this cut-off frequency.
double new_weight(double cutoff, double interval) {
  const double turns = 2 * std::numbers::pi * cutoff * interval;
  return turns / (turns + 1);
}

bool is_whole(float value) { return value == std::floor(value); }

}  // namespace

Box padded(const Box &box, const Padding &padding) {
  const float width = box.width() / 100, height = box.height() / 100;
  return {box.x0 - padding.left * width, box.y0 - padding.top * height,
          box.x1 + padding.right * width, box.y1 + padding.bottom * height};
}

Box mean_box(std::span<const Box> boxes) {
  if (boxes.empty() || boxes.size() > kLookaheadBoxes)
    throw Error(ErrorKind::Settings, "mean_box: expected 1 to " + std::to_string(kLookaheadBoxes) +
                                         " boxes, got " + std::to_string(boxes.size()) + ".");
  Box sum;
  for (const Box &box : boxes) {
    sum.x0 += box.x0;
    sum.y0 += box.y0;
    sum.x1 += box.x1;
    sum.y1 += box.y1;
  }
  const auto count = static_cast<float>(boxes.size());
  return {sum.x0 / count, sum.y0 / count, sum.x1 / count, sum.y1 / count};
}

Box CausalBoxFilter::filter(const Box &box, double time) {
  const cv::Point2f center = box.center();
  const std::array<double, 4> values{center.x, center.y, box.width(), box.height()};
  const double interval = time - time_;
  if (!primed_ || interval < 0 || interval > kLongestGap) {
    for (std::size_t i = 0; i < values.size(); ++i) channels_[i] = {values[i], 0};
    primed_ = true;
    time_ = time;
    return box;
  }
  time_ = time;
  const double size = std::max({values[2], values[3], 1.0});
  for (std::size_t i = 0; interval > 0 && i < values.size(); ++i) {
    Channel &channel = channels_[i];
    const double slope = (values[i] - channel.value) / size / interval;
    channel.slope += new_weight(kSlopeCutoff, interval) * (slope - channel.slope);
    const double cutoff = kRestCutoff + kMotionCutoff * std::abs(channel.slope);
    channel.value += new_weight(cutoff, interval) * (values[i] - channel.value);
  }
  const auto x = static_cast<float>(channels_[0].value), y = static_cast<float>(channels_[1].value);
  const auto width = static_cast<float>(channels_[2].value);
  const auto height = static_cast<float>(channels_[3].value);
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

Affine crop_to_frame(const Box &box, int size) { return crop_to_frame(box, {size, size}); }

Affine crop_to_frame(const Box &box, cv::Size size) {
  const double step_x = static_cast<double>(box.width()) / size.width;
  const double step_y = static_cast<double>(box.height()) / size.height;
  return {{step_x, 0, box.x0 + step_x / 2 - 0.5, 0, step_y, box.y0 + step_y / 2 - 0.5}};
}

cv::Mat crop_face(const FrameView &frame, const Box &box) {
  const cv::Size size(kCropSize, kCropSize);
  if (!(box.width() > 0 && box.height() > 0))
    throw Error(ErrorKind::Settings, "crop_face: the box is empty.");
  const bool enlarged = box.width() < kCropSize || box.height() < kCropSize;
  const bool whole = is_whole(box.x0) && is_whole(box.y0) && is_whole(box.x1) && is_whole(box.y1);
  if (!enlarged || !whole) return sample_bgr(frame, crop_to_frame(box), size, Border::Replicate);
  // When enlarging, cv::resize replicates the edge of the box and never reads beyond it.
  const Affine shift{{1, 0, box.x0, 0, 1, box.y0}};
  const cv::Mat pixels =
      sample_bgr(frame, shift, cv::Size2f(box.width(), box.height()), Border::Replicate);
  cv::Mat crop;
  cv::resize(pixels, crop, size, 0, 0, cv::INTER_LINEAR);
  return crop;
}

Landmarks landmarks_in_crop(const Landmarks &landmarks, const Box &box) {
  const Affine to_crop = crop_to_frame(box).inverse();
  Landmarks moved = landmarks;
  for (cv::Point3f &point : moved) {
    const cv::Point2d at = to_crop(point.x, point.y);
    point = {static_cast<float>(at.x), static_cast<float>(at.y),
             static_cast<float>(point.z * to_crop.m[0])};
  }
  return moved;
}

}  // namespace hyperlips
