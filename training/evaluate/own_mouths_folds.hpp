// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <functional>
#include <string>

namespace hyperlips::training {

struct FoldsOptions {
  int folds = 5;       ///< 2 ... 100
  std::string speech;  ///< file whose sound drives the mouth; empty: that of the clip
  bool silence = false;
  std::function<void(int fold)> progress;  ///< before each fold
};

/// What was measured on the way.
struct FoldsReport {
  double offset = 0;  ///< mean over folds of the frames by which the clip's sound is late
};

/// Re-dubs a clip with the person's own mouths, each part of it with a bank from the other parts,
/// so that no frame shows a mouth of its own part; four frames beside it are left out too. Writes
/// the result losslessly to `output`. The clip's own sound is corrected by the offset measured in
/// the other parts. Throws Error that names the file.
FoldsReport redub_in_folds(const std::string &clip, const FoldsOptions &options,
                           const std::string &output, const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
