// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "training/sync/sync_embedder.hpp"

namespace hyperlips::training {

/// How well lips and sound of a video belong together (Prajwal et al., Wav2Lip, arXiv 2008.10010).
/// LSE-D and LSE-C in the literature's sense only from the expert "syncnet_v2".
struct SyncScores {
  std::string expert, distance;
  /// LSE-D is its distance, LSE-C its confidence.
  SyncOffset offset;
};

/// Where a video's face was, frame by frame.
struct TimedBox {
  double time = 0;         ///< seconds since the first frame
  std::optional<Box> box;  ///< of the mesh; none where no face was found
};

/// The face of each 1/25 s.
struct SyncTicks {
  std::vector<std::size_t> frames;  ///< the frame nearest in time
  std::vector<Box> boxes;           ///< between frames with a face linear, else the nearest one's
  std::vector<bool> near_face;      ///< at most a second from a frame with a face
};

/// Ticks from the first frame to the last. Without any face none.
SyncTicks sync_ticks(const std::vector<TimedBox> &track);

/// Scores a file whose faces were followed before: reads its pictures and its sound. None when it
/// is shorter than six frames or has no face. Throws Error that names a file without sound.
std::optional<SyncScores> score_sync(const SyncEmbedder &expert, const std::string &path,
                                     const std::vector<TimedBox> &track,
                                     const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
