// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

namespace hyperlips {

/// Converts 16-bit results of autocast to float32; returns float32 and float64 unchanged.
inline torch::Tensor full_precision(const torch::Tensor &x) {
  return x.element_size() < 4 ? x.to(torch::kFloat32) : x;
}

}  // namespace hyperlips
