// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "hyperlips/model/conventions.hpp"
#include "training/commands/clip_data.hpp"
#include "training/commands/run_options.hpp"

namespace hyperlips::training {

/// The box of the crops of a data set, by its first clip.
Framing crops_of(const ClipData &data);

/// Sets `crop` to crops_of(data). Throws Error{Settings} if it was that of another data set of the
/// run, with other crops.
void require_same_crops(std::optional<Framing> &crop, const ClipData &data);

/// Prints to stderr how a checkpoint, trained with `trained`, differs from what `purpose` ("this
/// run") does with it; nothing if it does not.
void note_conventions(const std::string &checkpoint, const Conventions &trained,
                      const Conventions &here, const std::string &purpose);

/// Records the conventions in the checkpoints of a run, and says if those of --from differ.
void use_conventions(RunOptions &options, const Conventions &conventions);

}  // namespace hyperlips::training
