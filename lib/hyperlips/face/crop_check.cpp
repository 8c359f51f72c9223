// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/crop_check.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

constexpr int kSide = 16;    ///< the crop is compared in kSide x kSide cells
constexpr int kReach = 4;    ///< cells by which it may lie elsewhere, in each direction
constexpr int kPoints = 2;   ///< points of the frame per cell, along each axis
constexpr double kFlat = 2;  ///< standard deviation in levels: a picture of nothing

// In clips of real people, other brightness, contrast, gamma, colors and sizes leave at least 0.93
// and nothing better around; a box that is off by 10 % leaves 0.14 more elsewhere, by 15 % 0.27.
constexpr double kLeastHere = 0.5, kBetterElsewhere = 0.08;

cv::Mat gray(const cv::Mat &bgr, cv::Size size) {
  cv::Mat small, result;
  cv::resize(bgr, small, size, 0, 0, cv::INTER_AREA);
  cv::cvtColor(small, result, cv::COLOR_BGR2GRAY);
  result.convertTo(result, CV_32F);
  return result;
}

/// The values less their mean, divided by their norm; all 0 if they are equal.
cv::Mat normalized(const cv::Mat &values) {
  const cv::Mat centered = values - cv::mean(values)[0];
  const double norm = cv::norm(centered);
  return norm > kFlat * kSide / 4 ? cv::Mat(centered / norm)
                                  : cv::Mat::zeros(values.size(), CV_32F);
}

}  // namespace

CropMatch match_crop(const FrameView &frame, const Box &box, const cv::Mat &crop) {
  const cv::Mat cells = gray(crop, {kSide, kSide});
  cv::Scalar mean, deviation;
  cv::meanStdDev(cells, mean, deviation);
  if (deviation[0] < kFlat) return {1, 1};

  constexpr int kAround = kSide + 2 * kReach, kSamples = kAround * kPoints;
  const double step_x = double(box.width()) / (kSide * kPoints);
  const double step_y = double(box.height()) / (kSide * kPoints);
  const double first = 0.5 - kReach * kPoints;
  const Affine to_frame{{step_x, 0, box.x0 + first * step_x - 0.5,  //
                         0, step_y, box.y0 + first * step_y - 0.5}};
  const cv::Mat around = gray(sample_bgr(frame, to_frame, {kSamples, kSamples}, Border::Replicate),
                              {kAround, kAround});
  const cv::Mat wanted = normalized(cells);
  CropMatch match{0, -1};
  for (int y = 0; y <= 2 * kReach; ++y)
    for (int x = 0; x <= 2 * kReach; ++x) {
      const double found = wanted.dot(normalized(around(cv::Rect(x, y, kSide, kSide))));
      if (x == kReach && y == kReach) match.here = found;
      match.best = std::max(match.best, found);
    }
  return match;
}

bool shows_crop(const FrameView &frame, const Box &box, const cv::Mat &crop) {
  const CropMatch match = match_crop(frame, box, crop);
  return match.here > kLeastHere && match.here > match.best - kBetterElsewhere;
}

}  // namespace hyperlips
