// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

#include "util/random.hpp"

namespace hyperlips::synth {

enum class Pattern {
  Plain,
  Melange,
  Stripes,
  Pinstripes,
  Gingham,
  Tartan,
  Knit,
  Ribs,
  Dots,
  Flowers
};

/// A fabric: colors, pattern and grain. Lengths are in widths of the face.
struct Fabric {
  cv::Vec3f color{0.2f, 0.2f, 0.2f}, second{0.8f, 0.8f, 0.8f};  ///< linear B, G, R
  Pattern pattern = Pattern::Plain;
  float scale = 0.1f;   ///< period of the pattern
  float grain = 0.04f;  ///< amplitude of the noise of threads
  float gloss = 0.2f;

  /// The color at a position along and down the fabric, linear B, G, R; `grain_value` is noise of
  /// mean 0.
  cv::Vec3f at(float along, float down, float grain_value) const;
};

/// A random color of clothes, linear B, G, R; chosen palettes.
cv::Vec3f cloth_color(Random &random, bool pale, bool dark);

}  // namespace hyperlips::synth
