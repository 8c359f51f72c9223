// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "training/evaluate/sync_embedder.hpp"

namespace hyperlips::training {

/// How well lips and sound of a video belong together (Prajwal et al., Wav2Lip, arXiv 2008.10010).
/// LSE-D and LSE-C in the literature's sense only from the expert "syncnet_v2".
struct SyncScores {
  std::string expert, distance;
  double lse_d = 0;          ///< smallest mean distance over all offsets; lower is better
  double lse_c = 0;          ///< median over the offsets minus the smallest; higher is better
  int offset = 0;            ///< frames (40 ms) by which the sound runs ahead of the lips
  std::int64_t windows = 0;  ///< of five frames that were compared
};

/// Offsets that are searched, in frames to each side.
inline constexpr int kSyncReach = 15;

/// Compares lips (n, D) and sound (n, D) at all offsets, as syncnet_python does: sound before the
/// first and after the last window is an embedding of zeros. Only the windows whose `use` is set
/// count; none set gives none.
std::optional<SyncScores> compare_offsets(const torch::Tensor &lips, const torch::Tensor &sound,
                                          const std::vector<bool> &use, SyncDistance distance);

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

/// Scores a file whose faces were followed before: reads its pictures and its sound. None when it is
/// shorter than six frames or has no face. Throws Error that names a file without sound.
std::optional<SyncScores> score_sync(SyncEmbedder &expert, const std::string &path,
                                     const std::vector<TimedBox> &track,
                                     const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
