// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>

#include "inputs.hpp"
#include "options.hpp"

namespace hyperlips::redub {

/// Makes the bank of the person's own mouths from the footage (by default VIDEO), for a run without
/// a model, and sets it as the model. Banks are kept in the user's cache folder by the content of
/// the footage, the latest 20. Returns what the user should know of the footage. Throws Error.
/// Without effect if `cancelled` interrupts it.
std::vector<std::string> use_own_mouths(Options &options, const Inputs &inputs,
                                        const std::atomic<bool> &cancelled);

}  // namespace hyperlips::redub
