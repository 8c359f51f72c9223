// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "hyperlips/model/conventions.hpp"
#include "training/commands/run_options.hpp"

namespace hyperlips::training {

/// Prints to stderr how a checkpoint, trained with `trained`, differs from what `purpose` ("this
/// run") does with it; nothing if it does not.
void note_conventions(const std::string &checkpoint, const Conventions &trained,
                      const Conventions &here, const std::string &purpose);

/// Records the conventions in the checkpoints of a run, and says if those of --from differ.
void use_conventions(RunOptions &options, const Conventions &conventions);

}  // namespace hyperlips::training
