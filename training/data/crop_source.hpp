// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>

#include "training/data/clip_source.hpp"
#include "training/data/crop_pack.hpp"

namespace hyperlips::training {

/// The clips of a crop pack as a source for data sets. Clip::folder is the path of the pack
/// followed by the clip's name, for messages.
class CropSource : public ClipSource {
 public:
  /// cache_bytes: limit for the cache of mel spectrograms; pictures are in the system's cache.
  CropSource(CropPack pack, std::size_t cache_bytes, Report report = {});

  /// The usable clips, as list_clips() for folders. Throws Error{NotFound} if there is no training
  /// clip.
  ClipList list(const ClipListOptions &options) const;

  cv::Mat picture(const Clip &clip, int number, int size) override;
  MelColumns mel(const Clip &clip) override;
  std::optional<Landmarks> landmarks(const Clip &clip, int number) override;
  std::optional<ClipTruth> truth(const Clip &clip) override;
  Framing framing(const Clip &clip) override;

 private:
  template <class Read>
  auto truth_of(const Clip &clip, Read read);
  std::size_t index_of(const Clip &clip) const;

  CropPack pack_;
  std::unordered_map<std::string, std::size_t> indices_;  // by name
  std::mutex mel_lock_;                                   // guards the rest
  std::unordered_map<std::size_t, MelColumns> mels_;
  std::size_t free_bytes_;
};

}  // namespace hyperlips::training
