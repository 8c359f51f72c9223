// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

struct NetworkShapes {
  std::vector<TensorInfo> inputs, outputs;
};

/// Inputs and outputs of an architecture, without the batch dimension. Throws Error{Settings} for
/// one that is used in training only (a discriminator).
NetworkShapes network_shapes(const std::string &architecture);

}  // namespace hyperlips
