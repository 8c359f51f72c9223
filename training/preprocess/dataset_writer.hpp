// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "training/preprocess/face_clip_reader.hpp"

namespace hyperlips::training {

/// Writes clips in the published layout, as the training stages read it. A clip's folder is
/// complete or absent. Thread-safe for different clips; throws OutputError.
class DatasetWriter {
 public:
  /// own_resolution: writes the crops at the face's own resolution where the clip has them, else at
  /// 128x128.
  DatasetWriter(std::filesystem::path folder, bool own_resolution)
      : folder_(std::move(folder)), own_resolution_(own_resolution) {}

  /// FOLDER/imgs/NAME/N.jpg (N from 0) and audio.wav (as long as the pictures); `name` is
  /// SPEAKER/CLIP.
  void write(const std::string &name, const FoundClip &found) const;

 private:
  std::filesystem::path folder_;
  bool own_resolution_;
};

/// The clips that are held out for validation, sorted: a share of them, at least one of two or more
/// unless the share is 0, chosen by the seed and the clips' names, so that clips that are added
/// later change little of it.
std::vector<std::string> validation_clips(std::span<const std::string> names, std::uint64_t seed,
                                          double share = 0.1);

/// FOLDER/filelists/train.txt and val.txt with a line SPEAKER/CLIP for each clip, sorted.
/// `validation` are those of val.txt, sorted.
void write_filelists(const std::filesystem::path &folder, std::span<const std::string> names,
                     std::span<const std::string> validation);

/// Where clips are while they are not complete.
std::filesystem::path scratch_folder(const std::filesystem::path &folder);

}  // namespace hyperlips::training
