// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <utility>

#include "training/commands/run_options.hpp"
#include "training/data/clip_list.hpp"
#include "training/data/clip_store.hpp"

namespace hyperlips::training {

struct ClipDataOptions {
  std::filesystem::path folder;  ///< or the file of a crop pack
  std::filesystem::path filelists;
};

struct ClipData {
  ClipList clips;
  std::shared_ptr<ClipSource> source;
};

/// Adds the data set and the output folder to a subcommand.
void add_clip_data_options(CLI::App &command, ClipDataOptions &data, RunOptions &run);

/// A clip store that reports unusable pictures on standard error.
std::shared_ptr<ClipStore> open_store(const RunOptions &run);

/// The options of listing its clips.
ClipListOptions list_options(const ClipDataOptions &data, const RunOptions &run);

/// Opens a data set, a folder in the published layout or a crop pack, and prints its clip counts.
ClipData open_clips(const ClipDataOptions &data, const RunOptions &run);

/// Prints how many clips were found and how many were skipped.
void print_counts(const ClipList &clips, const RunOptions &run);

/// A data set of clips; null if `clips` is empty.
template <typename Set, typename... Arguments>
std::shared_ptr<const Dataset> make_dataset(const std::vector<Clip> &clips,
                                            std::shared_ptr<ClipSource> source,
                                            Arguments &&...arguments) {
  if (clips.empty()) return nullptr;
  return std::make_shared<Set>(clips, std::move(source), std::forward<Arguments>(arguments)...);
}

}  // namespace hyperlips::training
