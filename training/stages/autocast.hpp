// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

namespace hyperlips::training {

/// LibTorch's autocast: while it exists, convolutions and matrix products of this thread on this
/// device run in bfloat16. Weights and their gradients stay float32. Losses must be computed
/// outside of it.
class Autocast {
 public:
  /// enabled false: changes nothing.
  Autocast(torch::DeviceType device, bool enabled);
  ~Autocast();
  Autocast(const Autocast &) = delete;
  Autocast &operator=(const Autocast &) = delete;

 private:
  torch::DeviceType device_;
  bool enabled_;
  bool enabled_before_ = false;
  torch::ScalarType dtype_before_ = torch::kBFloat16;
};

}  // namespace hyperlips::training
