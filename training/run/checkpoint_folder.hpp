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
/// them is the best by validation. Only one process may write to it.
class CheckpointFolder {
 public:
  /// Receives a full sentence about a problem that does not stop the run.
  using Warn = std::function<void(const std::string &)>;

  /// keep: number of newest checkpoints to keep, at least 1, else Error{Settings}.
  CheckpointFolder(std::filesystem::path folder, int keep, Warn warn);

  /// For the process that writes: creates the folder and removes incomplete files of interrupted
  /// writes. Throws Error{Failed} if the folder cannot be created.
  void prepare() const;

  std::filesystem::path path_of(std::int64_t step) const;

  /// Oldest first; empty when the folder does not exist.
  std::vector<CheckpointFile> files() const;

  /// The checkpoint marked as the best, if it exists.
  std::optional<CheckpointFile> best() const;

  /// The newest readable checkpoint and its file; damaged ones are skipped with a warning. Nothing
  /// for a folder without checkpoints; Error{Format} if there are some and all are damaged, so that
  /// a run never silently starts from scratch.
  std::optional<std::pair<CheckpointFile, TrainingCheckpoint>> read_newest() const;

  /// Writes the checkpoint of its step, then deletes those older than the last `keep`, but not the
  /// best and none of a later step. Throws as write_training_checkpoint(), with nothing deleted.
  void write(const TrainingCheckpoint &checkpoint) const;

  /// Deletes all checkpoints and what is recorded about the best. Throws Error{Failed} that names a
  /// file that cannot be deleted, since a later run would resume from it.
  void clear() const;

  /// Records that the checkpoint of this step, already written, is the best; `measure` is the loss
  /// by which it was chosen.
  void mark_best(std::int64_t step, const std::string &measure, double value) const;

 private:
  std::filesystem::path folder_;
  int keep_;
  Warn warn_;
};

}  // namespace hyperlips::training
