// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/color_match.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

constexpr int kGrid = 64;        ///< frame and picture are compared at kGrid x kGrid points
constexpr float kRim = 0.6f;     ///< points with 0 < alpha < kRim are used
constexpr float kTolerance = 8;  ///< scale of residuals, in levels of 255: texture
constexpr double kEnough = 40;   ///< sum of rim weights for full confidence
constexpr int kIterations = 8;   ///< of iteratively reweighted least squares

/// A color difference (B, G, R) as a linear function of the position, -1 ... 1 along both axes.
struct Trend {
  cv::Matx33f terms = cv::Matx33f::zeros();  ///< rows: constant, x, y
  cv::Vec3f at(float x, float y) const {
    return {terms(0, 0) + terms(1, 0) * x + terms(2, 0) * y,
            terms(0, 1) + terms(1, 1) * x + terms(2, 1) * y,
            terms(0, 2) + terms(1, 2) * x + terms(2, 2) * y};
  }
};

struct Observation {
  float x, y;
  cv::Vec3f difference;
  float rim;     ///< weight by alpha: 1 at 0, 0 at kRim
  float weight;  ///< rim times the robust weight
};

cv::Vec3f median(const std::vector<Observation> &seen) {
  cv::Vec3f result;
  std::vector<float> values(seen.size());
  for (int c = 0; c < 3; ++c) {
    std::transform(seen.begin(), seen.end(), values.begin(),
                   [c](const Observation &o) { return o.difference[c]; });
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    result[c] = *middle;
  }
  return result;
}

Trend least_squares(const std::vector<Observation> &seen) {
  cv::Matx33d normal = cv::Matx33d::zeros(), right = cv::Matx33d::zeros();
  double total = 0;
  for (const Observation &o : seen) {
    const cv::Vec3d basis(1, o.x, o.y);
    normal += o.weight * basis * basis.t();
    right += o.weight * basis * cv::Vec3d(o.difference).t();
    total += o.weight;
  }
  // Ridge regression: a short or one-sided rim does not determine the slopes well.
  normal(0, 0) += 1e-6;
  normal(1, 1) += 0.01 * total + 1e-6;
  normal(2, 2) += 0.01 * total + 1e-6;
  return {cv::Matx33f(normal.solve(right, cv::DECOMP_CHOLESKY))};
}

/// Sets Geman-McClure weights for the residuals of `trend`, which suppress hands, hair and beards
/// that only one of the pictures shows.
void update_weights(std::vector<Observation> &seen, const Trend &trend) {
  for (Observation &o : seen) {
    const cv::Vec3f off = o.difference - trend.at(o.x, o.y);
    const float spread = 1 + off.dot(off) / (kTolerance * kTolerance);
    o.weight = o.rim / (spread * spread);
  }
}

/// Confidence in the fit, 0 ... 1: whether there are enough observations and they agree.
float confidence(const std::vector<Observation> &seen) {
  double rim = 0, agreed = 0;
  for (const Observation &o : seen) {
    rim += o.rim;
    agreed += o.weight;
  }
  return static_cast<float>(std::min(1.0, rim / kEnough) * std::min(1.0, 3 * agreed / rim));
}

/// Color differences of frame and picture along the soft edge of the mask. The grid covers its
/// rectangle.
std::vector<Observation> observe(const FrameView &frame, const cv::Mat &picture,
                                 const Affine &grid_to_frame, const Affine &grid_to_picture,
                                 const cv::Mat &mask) {
  const cv::Size size(kGrid, kGrid);
  const cv::Mat target = sample_bgr(frame, grid_to_frame, size, Border::Replicate);
  const cv::Mat source = sample_bgr(view_of(picture), grid_to_picture, size, Border::Replicate);
  cv::Mat alpha;
  cv::resize(mask, alpha, size, 0, 0, cv::INTER_AREA);
  const auto position = [](int i) { return (2 * static_cast<float>(i) + 1) / kGrid - 1; };
  std::vector<Observation> seen;
  for (int y = 0; y < kGrid; ++y)
    for (int x = 0; x < kGrid; ++x) {
      const float a = alpha.at<float>(y, x);
      if (a <= 0 || a >= kRim) continue;
      const cv::Vec3f difference =
          cv::Vec3f(target.at<cv::Vec3b>(y, x)) - cv::Vec3f(source.at<cv::Vec3b>(y, x));
      const float rim = 1 - a / kRim;
      seen.push_back({position(x), position(y), difference, rim, rim});
    }
  return seen;
}

/// Iteratively reweighted least squares, scaled by the confidence in the result.
Trend fit(std::vector<Observation> &seen) {
  Trend trend;
  const cv::Vec3f start = median(seen);
  for (int c = 0; c < 3; ++c) trend.terms(0, c) = start[c];
  for (int i = 0; i < kIterations; ++i) {
    update_weights(seen, trend);
    trend = least_squares(seen);
  }
  update_weights(seen, trend);
  trend.terms *= confidence(seen);
  return trend;
}

cv::Mat add(const cv::Mat &picture, const Trend &trend, const Affine &picture_to_grid) {
  const auto shift_at = [&](int x, int y) {
    const cv::Point2d p = picture_to_grid(x, y);
    return trend.at(static_cast<float>((2 * p.x + 1) / kGrid - 1),
                    static_cast<float>((2 * p.y + 1) / kGrid - 1));
  };
  // Along a row of the picture the trend is linear too.
  const cv::Vec3f step = shift_at(1, 0) - shift_at(0, 0);
  cv::Mat matched(picture.size(), CV_8UC3);
  for (int y = 0; y < picture.rows; ++y) {
    const auto *from = picture.ptr<cv::Vec3b>(y);
    auto *to = matched.ptr<cv::Vec3b>(y);
    const cv::Vec3f first = shift_at(0, y);
    for (int x = 0; x < picture.cols; ++x)
      to[x] = cv::Vec3f(from[x]) + first + static_cast<float>(x) * step;
  }
  return matched;
}

}  // namespace

cv::Mat match_color(const FrameView &frame, const cv::Mat &picture, const Affine &picture_to_frame,
                    const Mask &mask) {
  if (mask.rect.empty()) return picture.clone();
  const double step_x = mask.rect.width / double{kGrid}, step_y = mask.rect.height / double{kGrid};
  const Affine grid_to_frame{{step_x, 0, mask.rect.x + (step_x - 1) / 2,  //
                              0, step_y, mask.rect.y + (step_y - 1) / 2}};
  const Affine grid_to_picture = picture_to_frame.inverse().after(grid_to_frame);
  std::vector<Observation> seen =
      observe(frame, picture, grid_to_frame, grid_to_picture, mask.alpha);
  if (seen.empty()) return picture.clone();
  return add(picture, fit(seen), grid_to_picture.inverse());
}

}  // namespace hyperlips
