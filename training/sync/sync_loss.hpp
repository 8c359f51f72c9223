// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

namespace hyperlips::training {

/// Cosine similarity of two embeddings, (B, N) each, as a probability (B) inside 0 ... 1:
/// embeddings of a SyncNet have no negative element. Kept 1e-6 away from both ends, where the
/// gradient of the cross-entropy would end the training.
torch::Tensor sync_similarity(const torch::Tensor &audio, const torch::Tensor &face);

/// Binary cross-entropy of similarities (B) against labels (B), 1 where sound and picture belong
/// together. A scalar. Not to be called under autocast.
torch::Tensor sync_loss(const torch::Tensor &similarity, const torch::Tensor &labels);

}  // namespace hyperlips::training
