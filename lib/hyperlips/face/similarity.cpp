// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/similarity.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips {

Similarity fit_similarity(std::span<const cv::Vec3d> from, std::span<const cv::Vec3d> to) {
  const auto mean = [](std::span<const cv::Vec3d> points) {
    cv::Vec3d sum(0, 0, 0);
    for (const cv::Vec3d &p : points) sum += p;
    return sum * (1 / double(points.size()));
  };
  const cv::Vec3d from_mean = mean(from), to_mean = mean(to);
  cv::Matx33d covariance = cv::Matx33d::zeros();
  double spread = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const cv::Vec3d a = from[i] - from_mean;
    covariance += (to[i] - to_mean) * a.t();
    spread += a.dot(a);
  }
  if (!std::isfinite(cv::norm(covariance))) return {};
  cv::Matx31d sizes;
  cv::Matx33d u, vt;
  cv::SVD::compute(covariance, sizes, u, vt);
  const double side = cv::determinant(u) * cv::determinant(vt) < 0 ? -1 : 1;
  Similarity fit;
  fit.rotation = u * cv::Matx33d::diag({1, 1, side}) * vt;
  fit.scale = (sizes(0) + sizes(1) + side * sizes(2)) / std::max(spread, 1e-12);
  fit.offset = to_mean - fit.scale * (fit.rotation * from_mean);
  return fit;
}

}  // namespace hyperlips
