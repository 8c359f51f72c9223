// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/video/blend.hpp"

namespace hyperlips {

/// Three values (B, G, R) as a linear function of the position in a picture, -1 ... 1 along both
/// axes.
struct ColorTrend {
  cv::Matx33f terms = cv::Matx33f::zeros();  ///< rows: constant, x, y
  cv::Vec3f at(float x, float y) const {
    return {terms(0, 0) + terms(1, 0) * x + terms(2, 0) * y,
            terms(0, 1) + terms(1, 1) * x + terms(2, 1) * y,
            terms(0, 2) + terms(1, 2) * x + terms(2, 2) * y};
  }
};

/// A correction of a picture's colors, in levels of 255: out = in + offset + contrast (in - skin).
/// The default changes nothing.
struct ColorCorrection {
  ColorTrend offset;     ///< color of the frame's skin less that of the picture's
  ColorTrend contrast;   ///< gain less 1
  ColorTrend skin;       ///< color of the picture's skin
  float confidence = 0;  ///< 0 ... 1: how sure it is. Already part of `offset` and `contrast`.
};

/// Measures by how much the colors of a generated face differ from those of the frame around it.
/// Compares both along the soft edge of `mask`, where 0 < alpha < 0.6 and both show the same skin
/// (a robust fit with Geman-McClure weights, so that hands, hair and beards have little influence).
/// The contrast is that of what both show along the edge, where that says it; otherwise it grows
/// with the brightness, as under another light. `picture` is BGR, CV_8UC3 of any size;
/// `picture_to_frame` maps its pixel centers to upright frame coordinates. Without a soft edge
/// nothing changes.
ColorCorrection measure_colors(const FrameView &frame, const cv::Mat &picture,
                               const Affine &picture_to_frame, const Mask &mask);

/// A part of the way from one correction to another: `weight` 0 ... 1.
ColorCorrection mixed(const ColorCorrection &from, const ColorCorrection &to, float weight);

/// The picture (CV_8UC3 BGR) with corrected colors: CV_32FC3 BGR in levels of 255, not rounded.
cv::Mat corrected(const cv::Mat &picture, const ColorCorrection &correction);

/// Corrects the colors of a generated face to match those of the frame around it: both steps.
cv::Mat match_color(const FrameView &frame, const cv::Mat &picture, const Affine &picture_to_frame,
                    const Mask &mask);

}  // namespace hyperlips
