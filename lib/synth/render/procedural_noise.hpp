// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips::synth {

/// Where the texels of a map lie on the plane of the noise. The same plane sampled finer or coarser
/// shows the same noise, less what is too fine for the texels.
struct NoisePlane {
  cv::Size texels;
  cv::Point2f origin;  ///< of the first texel's corner
  float texel = 1;     ///< side of a texel
};

/// One band of smooth noise: a random lattice under a cubic B-spline.
struct NoiseBand {
  std::uint64_t seed = 0;
  cv::Point2f cell{1, 1};  ///< sides of a lattice cell, in units of the plane
};

/// Adds `amplitude` times noise of mean 0 and deviation 1 to `map` (CV_32FC1 of `plane.texels`). A
/// band too fine for the texels fades out.
void add_noise(cv::Mat &map, const NoisePlane &plane, const NoiseBand &band, float amplitude);

/// Bands from `coarsest` on, each half as wide and `gain` times as strong as the one before.
struct Fbm {
  std::uint64_t seed = 0;
  float coarsest = 1;  ///< side of a lattice cell, in units of the plane
  int octaves = 4;
  float gain = 0.5f;
};

/// The sum of the bands with mean 0 and deviation 1: CV_32FC1 of `plane.texels`.
cv::Mat fbm(const NoisePlane &plane, const Fbm &fractal);

/// Cellular noise (Worley 1996): the second nearest less the nearest of points that are strewn one
/// to a cell, 0 on the borders between cells ... about 1 in them, so that its lines are a net of
/// furrows. CV_32FC1 of `plane.texels`.
cv::Mat worley_edges(const NoisePlane &plane, std::uint64_t seed, float cell);

/// A value of the lattice, -1 ... 1.
float lattice_value(std::uint64_t seed, int x, int y);

}  // namespace hyperlips::synth
