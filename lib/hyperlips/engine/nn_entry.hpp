// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

/// The symbol that libhyperlips looks up in libhyperlips-nn. Both libraries must be of the same
/// build: the version changes with Network, NetworkOptions or the signature.
inline constexpr int kNnEntryVersion = 2;
inline constexpr const char *kNnEntrySymbol = "hyperlips_nn_open";

/// Type of the symbol. Opens a network as open_network() does; throws Error{Device} if `version` is
/// not kNnEntryVersion.
using NnEntry = void(int version, const NetworkOptions &options, std::shared_ptr<Network> &network);

}  // namespace hyperlips
