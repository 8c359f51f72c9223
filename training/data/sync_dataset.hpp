// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/data/clip_dataset.hpp"

namespace hyperlips::training {

struct SyncOptions {
  /// Side of the faces: 128, or 96 for the sync expert of Wav2Lip.
  int size = 128;
  /// Mirror every face left to right, as the published script does.
  bool mirror = true;
};

/// Examples of the lip-sync expert:
/// "mel" (1, 80, 16): speech of the window of frames that starts at frame n;
/// "faces" (15, size / 2, size): lower halves of five successive faces, B G R of each in turn;
/// "label" (1): 1 where the faces start at frame n too, 0 where they start at any other frame of
/// the clip, half of the examples each.
class SyncDataset : public ClipDataset {
 public:
  /// Throws Error{Settings} for a size other than 96 and 128.
  SyncDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
              SyncOptions options = {});

 private:
  Batch draw(const Clip &clip, Random &random) const override;

  SyncOptions options_;
};

}  // namespace hyperlips::training
