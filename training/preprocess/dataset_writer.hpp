// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "training/preprocess/face_clip_reader.hpp"

namespace hyperlips::training {

/// Writes clips in the published layout, which the training stages read. A clip's folder exists
/// only when complete. Thread-safe for different clips. Throws OutputError.
class DatasetWriter {
 public:
  /// native_resolution: writes FaceClip::native instead of the 128x128 crops, if the clip has them.
  DatasetWriter(std::filesystem::path folder, bool native_resolution)
      : folder_(std::move(folder)), native_resolution_(native_resolution) {}

  /// Writes FOLDER/imgs/NAME/N.jpg (N from 0 on), audio.wav of the same length and truth.bin (see
  /// ClipTruth); `name` is SPEAKER/CLIP.
  void write(const std::string &name, const FoundClip &found) const;

 private:
  std::filesystem::path folder_;
  bool native_resolution_;
};

/// Chooses validation clips by the seed and the clips' names, so that clips added later change the
/// choice little. Returns `share` of the names, sorted; at least one of two or more unless the
/// share is 0.
std::vector<std::string> validation_clips(std::span<const std::string> names, std::uint64_t seed,
                                          double share = 0.1);

/// Writes FOLDER/filelists/train.txt and val.txt with sorted lines SPEAKER/CLIP. `validation`
/// (sorted) goes to val.txt, the other names to train.txt.
void write_filelists(const std::filesystem::path &folder, std::span<const std::string> names,
                     std::span<const std::string> validation);

/// Folder of incomplete clips in a data set.
std::filesystem::path scratch_folder(const std::filesystem::path &folder);

}  // namespace hyperlips::training
