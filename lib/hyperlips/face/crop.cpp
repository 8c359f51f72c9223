// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/crop.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

constexpr double kLongestGap = 1;  // seconds

/// Bilinear sampling uses all pixels up to this reduction.
constexpr double kSkipsPixels = 2;

/// The crop of a large box, without aliasing.
cv::Mat averaged(const FrameView &frame, const Box &box, double reduction) {
  constexpr int kMostPoints = 8;  // per pixel of the crop, along each axis
  const int points = std::min(static_cast<int>(std::ceil(reduction / kSkipsPixels)), kMostPoints);
  const int size = points * kCropSize;
  cv::Mat crop;
  cv::resize(sample_bgr(frame, crop_to_frame(box, size), {size, size}, Border::Replicate), crop,
             {kCropSize, kCropSize}, 0, 0, cv::INTER_AREA);
  return crop;
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
  time_ = time;
  if (!primed_ || interval < 0 || interval > kLongestGap) {
    filter_.start(values);
    primed_ = true;
    return box;
  }
  const auto now = filter_.next(values, std::max({values[2], values[3], 1.0}), interval);
  const auto x = static_cast<float>(now[0]), y = static_cast<float>(now[1]);
  const auto width = static_cast<float>(now[2]), height = static_cast<float>(now[3]);
  return {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

Affine crop_to_frame(const Box &box, int size) { return crop_to_frame(box, {size, size}); }

Affine crop_to_frame(const Box &box, cv::Size size) {
  const double step_x = static_cast<double>(box.width()) / size.width;
  const double step_y = static_cast<double>(box.height()) / size.height;
  return {{step_x, 0, box.x0 + step_x / 2 - 0.5, 0, step_y, box.y0 + step_y / 2 - 0.5}};
}

cv::Mat crop_face(const FrameView &frame, const Box &box, Framing framing) {
  const cv::Size size(kCropSize, kCropSize);
  if (!(box.width() > 0 && box.height() > 0))
    throw Error(ErrorKind::Settings, "crop_face: the box is empty.");
  const double reduction = std::max(box.width(), box.height()) / kCropSize;
  if (framing == Framing::Steady && reduction > kSkipsPixels)
    return averaged(frame, box, reduction);
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

Landmarks mapped(const Landmarks &landmarks, const Affine &map) {
  Landmarks moved = landmarks;
  for (cv::Point3f &point : moved) {
    const cv::Point2d at = map(point.x, point.y);
    point = {static_cast<float>(at.x), static_cast<float>(at.y),
             static_cast<float>(point.z * map.m[0])};
  }
  return moved;
}

Landmarks landmarks_in_crop(const Landmarks &landmarks, const Box &box) {
  return mapped(landmarks, crop_to_frame(box).inverse());
}

}  // namespace hyperlips
