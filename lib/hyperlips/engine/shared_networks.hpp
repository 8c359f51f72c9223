// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

/// open_network() with sharing: callers with the same file (by canonical path, time and size),
/// device, precision and instance id get the same network while a caller holds it.
std::shared_ptr<Network> open_shared_network(const NetworkOptions &options);

}  // namespace hyperlips
