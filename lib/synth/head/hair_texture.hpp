// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

#include "synth/head/hair_style.hpp"
#include "synth/head/scalp.hpp"
#include "synth/head/skin.hpp"

namespace hyperlips::synth {

/// The texture of the hair of one head: sheets of single hairs side by side, for hair on the scalp,
/// long hair, and stray hair at the outline.
class HairSheets {
 public:
  HairSheets(std::uint64_t seed, const Person &person, const HairStyle &style, const Scalp &scalp);

  /// Texture coordinates of a position on the map of the scalp; `loose`: stray hairs only.
  cv::Point2f on_scalp(cv::Point2f place, bool loose) const;
  /// Of long hair: `across` 0 ... 1, `down` 0 at the top ... 1 at the tips.
  cv::Point2f falling(float across, float down, bool loose) const;
  /// Of stray hair: `along` the outline 0 ... 1, `out` 0 at the hair ... 1 outside.
  cv::Point2f outline(float along, float out) const;

  const cv::Mat &color() const { return color_; }      ///< CV_32FC3, linear B, G, R
  const cv::Mat &opacity() const { return opacity_; }  ///< CV_32FC1
  float opacity_at(cv::Point2f uv) const;

 private:
  cv::Mat color_, opacity_;
};

}  // namespace hyperlips::synth
