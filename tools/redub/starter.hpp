// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <filesystem>

#include "options.hpp"

namespace hyperlips::redub {

/// The program hyperlips-train of this build or installation, else of PATH. Throws
/// Error{NotFound} if there is none.
std::filesystem::path find_trainer();

/// Trains the model that `options` name with `trainer`, from footage of one person. Checkpoints are
/// written to a folder beside the model: an interrupted training resumes from them, and the folder
/// is removed when the model is complete. False if `cancelled` interrupted it. Throws Error{Failed}
/// if the program fails.
bool train_starter(const std::filesystem::path &trainer, const std::filesystem::path &footage,
                   const Options &options, const std::atomic<bool> &cancelled);

}  // namespace hyperlips::redub
