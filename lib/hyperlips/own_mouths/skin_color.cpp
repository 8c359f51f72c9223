// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/skin_color.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace hyperlips {
namespace {

constexpr std::array kCheeks{205, 425, 187, 411, 50, 280};

}  // namespace

cv::Vec3f skin_color(const cv::Mat &picture, const Landmarks &landmarks) {
  const float face =
      std::hypot(landmarks[454].x - landmarks[234].x, landmarks[454].y - landmarks[234].y);
  const int radius = std::max(1, cvRound(0.03f * face));
  cv::Scalar sum;
  int places = 0;
  for (const int i : kCheeks) {
    const cv::Rect patch(cvRound(landmarks[i].x) - radius, cvRound(landmarks[i].y) - radius,
                         2 * radius, 2 * radius);
    const cv::Rect seen = patch & cv::Rect({}, picture.size());
    if (seen.empty()) continue;
    sum += cv::mean(picture(seen));
    ++places;
  }
  if (places == 0) return {};
  sum = sum / places;
  return {float(sum[0]), float(sum[1]), float(sum[2])};
}

}  // namespace hyperlips
