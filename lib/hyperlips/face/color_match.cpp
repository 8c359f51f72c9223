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
// What the edge shows beside its trend tells the contrast if frame and picture agree about it:
constexpr float kLeastAgreement = 0.3f, kGoodAgreement = 0.8f;  ///< correlation
constexpr float kLeastTexture = 1, kGoodTexture = 3;            ///< standard deviation, in levels
constexpr float kLeastGain = 0.5f, kMostGain = 2;
constexpr float kDark = 16;  ///< in darker skin the ratio of brightnesses says nothing

struct Observation {
  float x, y;            ///< position in the mask, -1 ... 1
  cv::Vec3f source;      ///< color of the picture
  cv::Vec3f difference;  ///< color of the frame less that of the picture
  float rim;             ///< weight by alpha: 1 at 0, 0 at kRim
  float weight;          ///< rim times the robust weight
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

/// The trend of one of the colors.
ColorTrend least_squares(const std::vector<Observation> &seen, cv::Vec3f Observation::*color) {
  cv::Matx33d normal = cv::Matx33d::zeros(), right = cv::Matx33d::zeros();
  double total = 0;
  for (const Observation &o : seen) {
    const cv::Vec3d basis(1, o.x, o.y);
    normal += o.weight * basis * basis.t();
    right += o.weight * basis * cv::Vec3d(o.*color).t();
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
void update_weights(std::vector<Observation> &seen, const ColorTrend &trend) {
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
      const cv::Vec3f from(source.at<cv::Vec3b>(y, x)), to(target.at<cv::Vec3b>(y, x));
      const float rim = 1 - a / kRim;
      seen.push_back({position(x), position(y), from, to - from, rim, rim});
    }
  return seen;
}

/// Iteratively reweighted least squares of the difference; sets the weights.
ColorTrend fit(std::vector<Observation> &seen) {
  ColorTrend trend;
  const cv::Vec3f start = median(seen);
  for (int c = 0; c < 3; ++c) trend.terms(0, c) = start[c];
  for (int i = 0; i < kIterations; ++i) {
    update_weights(seen, trend);
    trend = least_squares(seen, &Observation::difference);
  }
  update_weights(seen, trend);
  return trend;
}

/// How far `value` is on the way from `none` to `full`, 0 ... 1.
float share(float value, float none, float full) {
  return std::clamp((value - none) / (full - none), 0.0f, 1.0f);
}

/// The gain of what the edge shows beside the trends, and how far it can be trusted, 0 ... 1.
struct SeenGain {
  float gain = 1, trust = 0;
};

SeenGain seen_gain(const std::vector<Observation> &seen, const ColorTrend &skin,
                   const ColorTrend &offset) {
  double source = 0, target = 0, both = 0, total = 0;
  for (const Observation &o : seen) {
    const cv::Vec3f from = o.source - skin.at(o.x, o.y);
    const cv::Vec3f to = from + o.difference - offset.at(o.x, o.y);
    source += o.weight * from.dot(from);
    target += o.weight * to.dot(to);
    both += o.weight * from.dot(to);
    total += 3 * o.weight;
  }
  if (!(source > 0 && target > 0)) return {};
  const auto agreement = static_cast<float>(both / std::sqrt(source * target));
  const auto texture = static_cast<float>(std::sqrt(source / total));
  return {std::clamp(static_cast<float>(both / source), kLeastGain, kMostGain),
          share(agreement, kLeastAgreement, kGoodAgreement) *
              share(texture, kLeastTexture, kGoodTexture)};
}

/// The gain less 1 of light that makes the frame's skin brighter than the picture's, in proportion
/// to both: the first terms of its series around the middle.
ColorTrend contrast_of_light(const ColorTrend &skin, const ColorTrend &offset) {
  ColorTrend contrast;
  for (int c = 0; c < 3; ++c) {
    const float base = std::max(skin.terms(0, c), kDark);
    const float more = offset.terms(0, c) / base;
    contrast.terms(0, c) = std::clamp(more, kLeastGain - 1, kMostGain - 1);
    if (contrast.terms(0, c) != more) continue;
    for (int k = 1; k < 3; ++k)
      contrast.terms(k, c) = (offset.terms(k, c) - more * skin.terms(k, c)) / base;
  }
  return contrast;
}

/// The same function of another position, which `map` maps to that of `trend`.
ColorTrend moved(const ColorTrend &trend, const Affine &map) {
  const auto &m = map.m;
  const cv::Matx33f terms(1, static_cast<float>(m[2]), static_cast<float>(m[5]),  //
                          0, static_cast<float>(m[0]), static_cast<float>(m[3]),  //
                          0, static_cast<float>(m[1]), static_cast<float>(m[4]));
  return {terms * trend.terms};
}

/// Maps positions in a picture of `size`, -1 ... 1, to pixels.
Affine to_pixels(cv::Size size) {
  return {
      {size.width / 2.0, 0, (size.width - 1) / 2.0, 0, size.height / 2.0, (size.height - 1) / 2.0}};
}

ColorTrend mixed(const ColorTrend &from, const ColorTrend &to, float weight) {
  return {from.terms + weight * (to.terms - from.terms)};
}

}  // namespace

ColorCorrection measure_colors(const FrameView &frame, const cv::Mat &picture,
                               const Affine &picture_to_frame, const Mask &mask) {
  if (mask.rect.empty()) return {};
  const double step_x = mask.rect.width / double{kGrid}, step_y = mask.rect.height / double{kGrid};
  const Affine grid_to_frame{{step_x, 0, mask.rect.x + (step_x - 1) / 2,  //
                              0, step_y, mask.rect.y + (step_y - 1) / 2}};
  const Affine grid_to_picture = picture_to_frame.inverse().after(grid_to_frame);
  std::vector<Observation> seen =
      observe(frame, picture, grid_to_frame, grid_to_picture, mask.alpha);
  if (seen.empty()) return {};

  const ColorTrend offset = fit(seen), skin = least_squares(seen, &Observation::source);
  const SeenGain gain = seen_gain(seen, skin, offset);
  ColorTrend contrast;
  for (int c = 0; c < 3; ++c) contrast.terms(0, c) = gain.gain - 1;
  contrast = mixed(contrast_of_light(skin, offset), contrast, gain.trust);

  const Affine to_mask = to_pixels({kGrid, kGrid})
                             .inverse()
                             .after(grid_to_picture.inverse())
                             .after(to_pixels(picture.size()));
  const float sure = confidence(seen);
  ColorCorrection correction{moved(offset, to_mask), moved(contrast, to_mask), moved(skin, to_mask),
                             sure};
  correction.offset.terms *= sure;
  correction.contrast.terms *= sure;
  return correction;
}

ColorCorrection mixed(const ColorCorrection &from, const ColorCorrection &to, float weight) {
  return {mixed(from.offset, to.offset, weight), mixed(from.contrast, to.contrast, weight),
          mixed(from.skin, to.skin, weight),
          from.confidence + weight * (to.confidence - from.confidence)};
}

cv::Mat corrected(const cv::Mat &picture, const ColorCorrection &correction) {
  const Affine to_position = to_pixels(picture.size()).inverse();
  cv::Mat result(picture.size(), CV_32FC3);
  // Along a row all trends are linear too.
  const auto start = [&](const ColorTrend &trend, float y) {
    return trend.at(static_cast<float>(to_position(0, 0).x), y);
  };
  const auto step = [&](const ColorTrend &trend) {
    const auto width = static_cast<float>(to_position.m[0]);
    return width * cv::Vec3f(trend.terms(1, 0), trend.terms(1, 1), trend.terms(1, 2));
  };
  const cv::Vec3f offset_step = step(correction.offset), skin_step = step(correction.skin),
                  contrast_step = step(correction.contrast);
  for (int row = 0; row < picture.rows; ++row) {
    const auto y = static_cast<float>(to_position(0, row).y);
    const cv::Vec3f offset = start(correction.offset, y), skin = start(correction.skin, y),
                    contrast = start(correction.contrast, y);
    const auto *from = picture.ptr<cv::Vec3b>(row);
    auto *to = result.ptr<cv::Vec3f>(row);
    for (int column = 0; column < picture.cols; ++column) {
      const auto x = static_cast<float>(column);
      for (int c = 0; c < 3; ++c) {
        const float in = from[column][c];
        to[column][c] = in + offset[c] + x * offset_step[c] +
                        (contrast[c] + x * contrast_step[c]) * (in - skin[c] - x * skin_step[c]);
      }
    }
  }
  return result;
}

cv::Mat match_color(const FrameView &frame, const cv::Mat &picture, const Affine &picture_to_frame,
                    const Mask &mask) {
  return corrected(picture, measure_colors(frame, picture, picture_to_frame, mask));
}

}  // namespace hyperlips
