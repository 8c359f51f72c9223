// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

/// The one symbol that libhyperlips looks up in libhyperlips-nn. Both must come from one build:
/// the version changes with Network, NetworkOptions or this entry.
inline constexpr int kNnEntryVersion = 1;
inline constexpr const char *kNnEntrySymbol = "hyperlips_nn_open";

/// What the symbol points at: opens a network as open_network() does, or throws Error{Device} when
/// `version` is not nn_entry_version.
using NnEntry = void(int version, const NetworkOptions &options, std::shared_ptr<Network> &network);

}  // namespace hyperlips
