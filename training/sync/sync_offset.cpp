// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/sync_offset.hpp"

#include <algorithm>

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <torch/types.h>

namespace hyperlips::training {
namespace {

double mean_distance(const torch::Tensor &lips, const torch::Tensor &sound, SyncDistance distance) {
  const torch::Tensor distances = distance == SyncDistance::Euclidean
                                      ? at::pairwise_distance(lips, sound)
                                      : 1 - at::cosine_similarity(lips, sound);
  return distances.mean().item<double>();
}

}  // namespace

const char *to_string(SyncDistance distance) {
  return distance == SyncDistance::Euclidean ? "euclidean" : "cosine";
}

std::optional<SyncOffset> find_sync_offset(const torch::Tensor &lips, const torch::Tensor &sound,
                                           const std::vector<bool> &use, SyncDistance distance,
                                           BeyondSound beyond) {
  constexpr std::size_t kMinWindows = 5;  // for a meaningful mean
  const at::NoGradGuard no_grad;
  const std::int64_t count = std::min({lips.size(0), sound.size(0), std::int64_t(use.size())});
  const torch::Tensor seen = lips.slice(0, 0, count).to(torch::kFloat64);
  // Row `count` is the embedding outside of the speech.
  const torch::Tensor heard =
      at::constant_pad_nd(sound.slice(0, 0, count).to(torch::kFloat64), {0, 0, 0, 1});

  SyncOffset best;
  best.windows = std::count(use.begin(), use.begin() + count, true);
  std::vector<double> means;
  for (int ahead = kSyncReach; ahead >= -kSyncReach; --ahead) {
    std::vector<std::int64_t> lip_rows, sound_rows;
    for (std::int64_t i = 0; i < count; ++i) {
      const bool inside = i - ahead >= 0 && i - ahead < count;
      if (!use[std::size_t(i)] || (!inside && beyond == BeyondSound::Nothing)) continue;
      lip_rows.push_back(i);
      sound_rows.push_back(inside ? i - ahead : count);
    }
    if (lip_rows.size() < (beyond == BeyondSound::Nothing ? kMinWindows : 1)) continue;
    means.push_back(mean_distance(seen.index_select(0, torch::tensor(lip_rows)),
                                  heard.index_select(0, torch::tensor(sound_rows)), distance));
    if (means.size() > 1 && means.back() >= best.distance) continue;
    best.distance = means.back();
    best.frames = ahead;
  }
  if (means.empty()) return std::nullopt;
  const auto middle = means.begin() + std::ptrdiff_t(means.size() / 2);
  std::nth_element(means.begin(), middle, means.end());
  best.confidence = *middle - best.distance;
  return best;
}

}  // namespace hyperlips::training
