// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hyperlips {

enum class Activation { None, Relu, Hardswish };

struct ConvGeometry {
  std::array<std::int64_t, 2> stride{1, 1};
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
  bool transposed = false;  ///< with an output padding of 1
};

}  // namespace hyperlips
