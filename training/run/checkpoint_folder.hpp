// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "training/run/training_checkpoint.hpp"

namespace hyperlips::training {

struct CheckpointFile {
  std::int64_t step = 0;
  std::filesystem::path path;
};

/// The checkpoints of one run: checkpoint_step000003000.safetensors and, in best.json, which of
/// them has the best measure. Only one process may write to it.
class CheckpointFolder {
 public:
  /// Receives a full sentence for what went wrong but does not stop the run.
  using Warn = std::function<void(const std::string &)>;

  /// keep: how many of the latest stay, at least 1, else Error{Settings}.
  CheckpointFolder(std::filesystem::path folder, int keep, Warn warn);

  /// For the process that writes: makes the folder and removes what interrupted writes left. Throws
  /// Error{Failed} when the folder cannot be made.
  void prepare() const;

  std::filesystem::path path_of(std::int64_t step) const;

  /// Oldest first; empty when the folder does not exist.
  std::vector<CheckpointFile> files() const;

  /// The one that was marked as the best, while it exists.
  std::optional<CheckpointFile> best() const;

  /// The newest readable checkpoint and its file; a damaged one is passed over with a warning.
  /// Nothing for a folder without checkpoints; Error{Format} when there are some and all are
  /// damaged: a run must not silently begin anew.
  std::optional<std::pair<CheckpointFile, TrainingCheckpoint>> read_newest() const;

  /// Writes the checkpoint of its step, then deletes older ones than the last `keep`, never the
  /// best and never one of a later step. Throws as write_training_checkpoint, with nothing deleted.
  void write(const TrainingCheckpoint &checkpoint) const;

  /// Notes that the checkpoint of this step, written already, is the best; `measure` says by what.
  void mark_best(std::int64_t step, const std::string &measure, double value) const;

 private:
  std::filesystem::path folder_;
  int keep_;
  Warn warn_;
};

}  // namespace hyperlips::training
