// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

namespace hyperlips {

/// What autocast left in 16 bits, in 32; float32 and float64 as they are.
inline torch::Tensor full_precision(const torch::Tensor &x) {
  return x.element_size() < 4 ? x.to(torch::kFloat32) : x;
}

}  // namespace hyperlips
