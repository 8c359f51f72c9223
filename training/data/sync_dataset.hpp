// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/data/clip_dataset.hpp"

namespace hyperlips::training {

struct SyncOptions {
  int size = 128;  ///< pixels of the faces: 128, or 96 for the sync expert of Wav2Lip
  /// Fraction of the examples with mirrored faces. The published script mirrors all, so that its
  /// expert has never seen the faces as they are scored afterwards.
  double mirror = 0.5;
};

/// Examples for the sync expert (SyncNet_color):
/// "mel" (1, 80, 16): the mel window at frame n;
/// "faces" (15, size / 2, size): lower halves of five successive faces, B G R of each in turn;
/// "label" (1): 1 if the faces start at frame n (half of the examples), 0 if they are other frames
/// of the clip, none of them shared.
class SyncDataset : public ClipDataset {
 public:
  /// Throws Error{Settings} for options out of range.
  SyncDataset(std::vector<Clip> clips, std::shared_ptr<ClipSource> source,
              SyncOptions options = {});

 private:
  Batch draw(const Clip &clip, Random &random) const override;

  SyncOptions options_;
};

}  // namespace hyperlips::training
