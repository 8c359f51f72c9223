// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

/// open_network() with sharing: everyone that opens the same file (by what it is, not by how its
/// path is written), device, precision and instance id gets the same network as long as someone
/// holds it.
std::shared_ptr<Network> open_shared_network(const NetworkOptions &options);

}  // namespace hyperlips
