// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/autocast.hpp"

#include <ATen/autocast_mode.h>

namespace hyperlips::training {

Autocast::Autocast(torch::DeviceType device, bool enabled) : device_(device), enabled_(enabled) {
  if (!enabled_) return;
  enabled_before_ = at::autocast::is_autocast_enabled(device_);
  dtype_before_ = at::autocast::get_autocast_dtype(device_);
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, torch::kBFloat16);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!enabled_) return;
  // The cache holds converted weights, which are outdated after the next optimizer step.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, enabled_before_);
  at::autocast::set_autocast_dtype(device_, dtype_before_);
}

}  // namespace hyperlips::training
