// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hyperlips {

/// Activation function after a convolution.
enum class Activation { None, Relu, Hardswish };

/// Hyperparameters of a 2D convolution, apart from channels and kernel size.
struct ConvGeometry {
  std::array<std::int64_t, 2> stride{1, 1};  ///< height, width
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool transposed = false;  ///< transposed convolution with output padding 1
};

}  // namespace hyperlips
