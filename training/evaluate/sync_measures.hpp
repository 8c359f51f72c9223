// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "training/sync/sync_embedder.hpp"

namespace hyperlips::training {

/// Lip-sync error (LSE, Prajwal et al., Wav2Lip, arXiv 2008.10010). Comparable with published LSE-D
/// and LSE-C only for the expert "syncnet_v2".
struct SyncScores {
  std::string expert, distance;
  SyncOffset offset;  ///< its distance is LSE-D, its confidence LSE-C
};

/// The face in a frame.
struct TimedBox {
  double time = 0;         ///< seconds since the first frame
  std::optional<Box> box;  ///< of the mesh; none without a face
};

/// The faces of a video at 25 frames per second, one entry per tick of 1/25 s.
struct SyncTicks {
  std::vector<std::size_t> frames;  ///< the frame nearest in time
  std::vector<Box> boxes;           ///< interpolated linearly; at the ends the nearest one
  std::vector<bool> near_face;      ///< at most one second from a frame with a face
};

/// Ticks from the first frame to the last; empty if no frame has a face.
SyncTicks sync_ticks(const std::vector<TimedBox> &track);

/// Scores a file with a known face track: reads its pictures and its sound. None for fewer than six
/// frames and without a face. Throws Error that names the file if it has no sound.
std::optional<SyncScores> score_sync(const SyncEmbedder &expert, const std::string &path,
                                     const std::vector<TimedBox> &track,
                                     const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
