// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

struct NetworkShapes {
  std::vector<TensorInfo> inputs, outputs;
};

/// The inputs and outputs of an architecture, without the batch. Throws Error{Settings} for one
/// that is not for inference (a discriminator).
NetworkShapes network_shapes(const std::string &architecture);

}  // namespace hyperlips
