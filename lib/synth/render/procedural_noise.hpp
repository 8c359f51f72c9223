// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips::synth {

// Procedural noise for textures and backgrounds. (Noise of the camera is in camera.hpp, noise in
// training sound in training/synth/noise.hpp.)

/// Where the texels of a map lie on the plane of the noise. Sampling the same plane at another
/// resolution gives the same noise, without the frequencies too fine for the texels.
struct NoisePlane {
  cv::Size texels;
  cv::Point2f origin;  ///< corner of the first texel
  float texel = 1;     ///< side of a texel
};

/// One band of smooth noise: random values on a lattice, interpolated by a cubic B-spline.
struct NoiseBand {
  std::uint64_t seed = 0;
  cv::Point2f cell{1, 1};  ///< sides of a lattice cell, in units of the plane
};

/// Adds `amplitude` times noise of mean 0 and standard deviation 1 to `map` (CV_32FC1 of
/// `plane.texels`). A band too fine for the texels fades out.
void add_noise(cv::Mat &map, const NoisePlane &plane, const NoiseBand &band, float amplitude);

/// Parameters of fractional Brownian motion: octaves of noise, each with half the cell size and
/// `gain` times the amplitude of the one before.
struct Fbm {
  std::uint64_t seed = 0;
  float coarsest = 1;  ///< side of a lattice cell of the first octave, in units of the plane
  int octaves = 4;
  float gain = 0.5f;
};

/// Fractional Brownian motion (fBm): the sum of the octaves, with mean 0 and standard deviation 1.
/// CV_32FC1 of `plane.texels`.
cv::Mat fbm(const NoisePlane &plane, const Fbm &parameters);

/// Cellular noise F2 - F1 (Worley 1996) of random points, one in each cell of side `cell`: 0 on the
/// edges between the areas nearest to two points ... about 1 inside them. CV_32FC1 of
/// `plane.texels`.
cv::Mat worley_edges(const NoisePlane &plane, std::uint64_t seed, float cell);

/// A random value of the lattice, -1 ... 1.
float lattice_value(std::uint64_t seed, int x, int y);

}  // namespace hyperlips::synth
