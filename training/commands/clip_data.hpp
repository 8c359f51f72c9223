// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <utility>

#include "training/commands/run_options.hpp"
#include "training/data/clip_list.hpp"
#include "training/data/clip_store.hpp"

namespace hyperlips::training {

struct ClipDataOptions {
  std::filesystem::path folder;  ///< or file
  std::filesystem::path filelists;
};

struct ClipData {
  ClipList clips;
  std::shared_ptr<ClipSource> source;
};

/// Adds the data set's folder and the output folder to a sub-command.
void add_clip_data_options(CLI::App &command, ClipDataOptions &data, RunOptions &run);

/// Where pictures that cannot be used are told: on standard error.
std::shared_ptr<ClipStore> open_store(const RunOptions &run);

/// How its clips are listed.
ClipListOptions list_options(const ClipDataOptions &data, const RunOptions &run);

/// Opens a data set, a folder of the published layout or a pack of crops, and says what it holds.
ClipData open_clips(const ClipDataOptions &data, const RunOptions &run);

/// Says how many clips there are and how many were left out.
void tell(const ClipList &clips, const RunOptions &run);

/// A data set of clips; null without one.
template <typename Set, typename... Arguments>
std::shared_ptr<const Dataset> make_dataset(const std::vector<Clip> &clips,
                                            std::shared_ptr<ClipSource> source,
                                            Arguments &&...arguments) {
  if (clips.empty()) return nullptr;
  return std::make_shared<Set>(clips, std::move(source), std::forward<Arguments>(arguments)...);
}

}  // namespace hyperlips::training
