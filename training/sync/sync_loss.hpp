// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

namespace hyperlips::training {

/// Cosine similarity of two embeddings, (B, N) each, as a probability (B): embeddings of a SyncNet
/// have no negative elements. Clamped to 1e-6 ... 1 - 1e-6, as the gradient of the cross-entropy is
/// infinite at 0 and 1.
torch::Tensor sync_similarity(const torch::Tensor &audio, const torch::Tensor &face);

/// Binary cross-entropy of similarities (B) and labels (B), 1 where speech and faces match. A
/// scalar. Not to be called under autocast.
torch::Tensor sync_loss(const torch::Tensor &similarity, const torch::Tensor &labels);

}  // namespace hyperlips::training
