// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

namespace hyperlips::training {

/// While it lives, convolutions and matrix products on this thread and device run in bfloat16:
/// LibTorch's autocast. Weights stay float32, and so do their gradients. Losses belong outside.
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
