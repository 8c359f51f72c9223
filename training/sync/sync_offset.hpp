// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <torch/types.h>

namespace hyperlips::training {

/// The distance of two embeddings.
enum class SyncDistance {
  Euclidean,
  Cosine,  ///< 1 - cosine similarity
};

const char *to_string(SyncDistance distance);

/// What a window of lips is compared with if an offset points outside of the speech.
enum class BeyondSound {
  Zeros,   ///< an embedding of zeros, as in syncnet_python: for comparable scores
  Nothing  ///< it is skipped: for short clips, in which zeros would hide the offset
};

/// The offset at which lips and speech match best.
struct SyncOffset {
  /// Frames (40 ms) by which the audio is ahead of the lips, as in syncnet_python; negative if
  /// behind.
  int frames = 0;
  double distance = 0;       ///< mean at that offset, the smallest of all offsets
  double confidence = 0;     ///< the median over all offsets minus the smallest
  std::int64_t windows = 0;  ///< number of windows compared
};

/// Maximum offset that is searched, in frames.
inline constexpr int kSyncReach = 15;

/// Searches all offsets between the windows of lips (n, D) and sound (m, D), window i of both at
/// frame i; the rest of the longer one is ignored. Only windows of lips whose `use` is set are
/// compared. Returns nothing without any; with BeyondSound::Nothing offsets with fewer than five
/// windows are skipped, and nothing is returned if no offset is left.
std::optional<SyncOffset> find_sync_offset(const torch::Tensor &lips, const torch::Tensor &sound,
                                           const std::vector<bool> &use, SyncDistance distance,
                                           BeyondSound beyond);

}  // namespace hyperlips::training
