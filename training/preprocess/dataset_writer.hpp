// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

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

/// FOLDER/filelists/train.txt and val.txt with a line SPEAKER/CLIP for each clip, sorted. A tenth is
/// for validation, at least one clip of two or more, chosen by the seed and the clips' names: clips
/// that are added later change little of it.
void write_filelists(const std::filesystem::path &folder, std::span<const std::string> names,
                     std::uint64_t seed);

/// Where clips are while they are not complete.
std::filesystem::path scratch_folder(const std::filesystem::path &folder);

}  // namespace hyperlips::training
