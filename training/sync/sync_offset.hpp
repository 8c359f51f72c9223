// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <torch/types.h>

namespace hyperlips::training {

/// How far two embeddings are from each other.
enum class SyncDistance {
  Euclidean,
  Cosine,  ///< 1 - cosine similarity
};

const char *to_string(SyncDistance distance);

/// What a window of lips is compared with where an offset leads beyond the sound.
enum class BeyondSound {
  Zeros,   ///< an embedding of zeros, as syncnet_python does: for scores that are compared
  Nothing  ///< it is left out, for short clips, whose offset the zeros would hide
};

/// Where lips and sound fit best.
struct SyncOffset {
  /// Frames (40 ms) by which the sound runs ahead of the lips, as syncnet_python counts them;
  /// negative: by which it is late.
  int frames = 0;
  double distance = 0;       ///< mean at that offset, the smallest of all offsets
  double confidence = 0;     ///< the median over all offsets minus the smallest
  std::int64_t windows = 0;  ///< that were compared
};

/// Offsets that are searched, in frames to each side.
inline constexpr int kSyncReach = 15;

/// Searches all offsets between the windows of lips (n, D) and sound (m, D), window i of both at
/// frame i; what the longer has more is ignored. Only windows of lips whose `use` is set count.
/// None without any, and with BeyondSound::Nothing where fewer than five can be compared; it then
/// passes over single offsets with fewer than five, too.
std::optional<SyncOffset> find_sync_offset(const torch::Tensor &lips, const torch::Tensor &sound,
                                           const std::vector<bool> &use, SyncDistance distance,
                                           BeyondSound beyond);

}  // namespace hyperlips::training
