// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "training/commands/run_options.hpp"
#include "training/data/clip_list.hpp"
#include "training/data/clip_store.hpp"
#include "training/data/mixed_dataset.hpp"

namespace hyperlips::training {

struct ClipDataOptions {
  std::filesystem::path folder;  ///< or the file of a crop pack
  std::filesystem::path filelists;
  std::vector<std::string> sets;  ///< of training commands, instead of `folder`
};

struct ClipData {
  ClipList clips;
  std::shared_ptr<ClipSource> source;
};

/// A data set of a training command.
struct DataSetName {
  std::filesystem::path path;
  double weight = 1;  ///< share of the examples, relative to the other data sets
};

/// Parses PATH or PATH:WEIGHT. A text that is the path of a file or folder has no weight. Throws
/// Error{Settings} for a weight that is not a positive number.
DataSetName parse_data_set(const std::string &text);

/// Adds the data sets and the output folder to a subcommand.
void add_clip_data_options(CLI::App &command, ClipDataOptions &data, RunOptions &run);

/// The data sets of a command with those options. Throws Error{Settings} for --filelists with
/// several.
std::vector<DataSetName> data_sets(const ClipDataOptions &data);

/// A clip store that reports unusable pictures on standard error.
std::shared_ptr<ClipStore> open_store(const RunOptions &run);

/// The options of listing its clips.
ClipListOptions list_options(const ClipDataOptions &data, const RunOptions &run);

/// Opens a data set, a folder in the published layout or a crop pack, and prints its clip counts.
ClipData open_clips(const ClipDataOptions &data, const RunOptions &run);

/// Prints how many clips were found and how many were skipped.
void print_counts(const ClipList &clips, const RunOptions &run);

/// The box of the crops of a data set, by its first clip.
Framing crops_of(const ClipData &data);

/// Sets `crop` to crops_of(data). Throws Error{Settings} if it was that of another data set of the
/// run, with other crops.
void require_same_crops(std::optional<Framing> &crop, const ClipData &data);

struct TrainingSets {
  std::shared_ptr<const Dataset> training, validation;  ///< validation: null without such clips
  Framing crop = Framing::Published;                    ///< of all sets
};

/// Opens the data sets of a training command and mixes them by their weights. `make(clips, data)`
/// makes the Dataset of some of a set's clips.
template <typename Make>
TrainingSets open_training_sets(const ClipDataOptions &options, const RunOptions &run, Make make) {
  std::vector<WeightedDataset> training, validation;
  std::optional<Framing> crop;
  for (const DataSetName &name : data_sets(options)) {
    ClipDataOptions one = options;
    one.folder = name.path;
    const ClipData data = open_clips(one, run);
    require_same_crops(crop, data);
    training.push_back({make(data.clips.train, data), name.weight});
    if (!data.clips.validation.empty())
      validation.push_back({make(data.clips.validation, data), name.weight});
  }
  return {mixed(std::move(training)), mixed(std::move(validation)), *crop};
}

}  // namespace hyperlips::training
