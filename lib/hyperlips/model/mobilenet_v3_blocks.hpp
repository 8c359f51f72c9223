// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace hyperlips {

/// One inverted residual of MobileNetV3 (Howard et al. 2019, table 1).
struct InvertedResidualShape {
  std::int64_t in, kernel, expanded, out;
  bool squeeze_excite, hardswish;
  std::int64_t stride, dilation;

  constexpr bool expands() const { return expanded != in; }
  constexpr bool residual() const { return stride == 1 && in == out; }
  /// A dilated block keeps the resolution instead of halving it.
  constexpr std::int64_t used_stride() const { return dilation > 1 ? 1 : stride; }
  constexpr std::int64_t padding() const { return (kernel - 1) / 2 * dilation; }
  constexpr std::int64_t squeezed() const { return make_divisible(expanded / 4); }

  /// Rounds to a multiple of 8, but never down by more than 10 %.
  static constexpr std::int64_t make_divisible(std::int64_t channels) {
    const std::int64_t rounded = std::max<std::int64_t>(8, (channels + 4) / 8 * 8);
    return 10 * rounded < 9 * channels ? rounded + 8 : rounded;
  }
};

/// MobileNetV3-Large with the last stage dilated instead of strided: features 1 to 15 of the trunk.
/// Feature 0 is a 3x3 convolution of stride 2 to 16 channels, feature 16 a 1x1 one to 960.
inline constexpr std::array<InvertedResidualShape, 15> kMobilenetV3Large{{
    {16, 3, 16, 16, false, false, 1, 1},
    {16, 3, 64, 24, false, false, 2, 1},
    {24, 3, 72, 24, false, false, 1, 1},
    {24, 5, 72, 40, true, false, 2, 1},
    {40, 5, 120, 40, true, false, 1, 1},
    {40, 5, 120, 40, true, false, 1, 1},
    {40, 3, 240, 80, false, true, 2, 1},
    {80, 3, 200, 80, false, true, 1, 1},
    {80, 3, 184, 80, false, true, 1, 1},
    {80, 3, 184, 80, false, true, 1, 1},
    {80, 3, 480, 112, true, true, 1, 1},
    {112, 3, 672, 112, true, true, 1, 1},
    {112, 5, 672, 160, true, true, 2, 2},
    {160, 5, 960, 160, true, true, 1, 2},
    {160, 5, 960, 160, true, true, 1, 2},
}};

inline constexpr std::int64_t kMobilenetV3StemChannels = 16;
inline constexpr std::int64_t kMobilenetV3LastChannels = 960;
/// Indices of the four features that the encoder returns, at 1/2, 1/4, 1/8 and 1/16 of the size.
inline constexpr std::array<std::size_t, 4> kMobilenetV3Taps{1, 3, 6, 16};
/// The published encoder replaces the stem, which therefore has PyTorch's default epsilon.
inline constexpr double kMobilenetV3StemEps = 1e-5;
inline constexpr double kMobilenetV3Eps = 1e-3;

}  // namespace hyperlips
