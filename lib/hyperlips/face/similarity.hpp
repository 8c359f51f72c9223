// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include <opencv2/core.hpp>

namespace hyperlips {

/// A similarity transform in space: to = scale * rotation * from + offset.
struct Similarity {
  double scale = 0;  ///< 0: there is none
  cv::Matx33d rotation = cv::Matx33d::eye();
  cv::Vec3d offset;

  cv::Vec3d operator()(const cv::Vec3d &p) const { return scale * (rotation * p) + offset; }
  cv::Vec3d inverse(const cv::Vec3d &p) const { return rotation.t() * (p - offset) * (1 / scale); }
};

/// The transform with the smallest squared error between as many points of `from` and `to` (Umeyama
/// 1991). Scale 0 for points that are not finite.
Similarity fit_similarity(std::span<const cv::Vec3d> from, std::span<const cv::Vec3d> to);

}  // namespace hyperlips
