// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>

#include "training/data/clip_source.hpp"
#include "training/data/crop_pack.hpp"

namespace hyperlips::training {

/// The clips of a pack, for data sets. A clip's folder is that of its name "in" the file.
class CropSource : public ClipSource {
 public:
  /// cache_bytes: of mel spectrograms that are kept; pictures are left to the system's cache.
  CropSource(CropPack pack, std::size_t cache_bytes, Report report = {});

  /// The usable clips of the pack, as list_clips() finds them in folders. Throws Error{NotFound}
  /// where there is none for training.
  ClipList list(const ClipListOptions &options) const;

  cv::Mat picture(const Clip &clip, int number, int size) override;
  MelColumns mel(const Clip &clip) override;

 private:
  std::size_t place(const Clip &clip) const;

  CropPack pack_;
  std::unordered_map<std::string, std::size_t> places_;  // by name
  std::mutex mel_lock_;                                  // of the rest
  std::unordered_map<std::size_t, MelColumns> mels_;
  std::size_t free_bytes_;
};

}  // namespace hyperlips::training
