// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <filesystem>

#include "options.hpp"

namespace hyperlips::redub {

/// hyperlips-train, where this program's build or installation has it, or in PATH. Throws
/// Error{NotFound} without it.
std::filesystem::path find_trainer();

/// Lets `trainer` teach a new network, the model that `options` name, one person from footage of
/// that person alone. Its checkpoints go to a folder beside the model; where one is left from an
/// earlier run it goes on there. Once the model is complete, that folder is removed. False when
/// `cancelled` ended it early. Throws Error{Failed} where the program fails.
bool train_starter(const std::filesystem::path &trainer, const std::filesystem::path &footage,
                   const Options &options, const std::atomic<bool> &cancelled);

}  // namespace hyperlips::redub
