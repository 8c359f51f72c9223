// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

namespace hyperlips::training {

/// Binary cross-entropy of probabilities (float32, any shape) against "real" or "fake". A scalar.
/// Not to be called under autocast.
torch::Tensor judged_real_loss(const torch::Tensor &probabilities);
torch::Tensor judged_fake_loss(const torch::Tensor &probabilities);

/// The relativistic average loss (Jolicoeur-Martineau 2018, arXiv 1807.00734) that wants `truer` to
/// be judged more real than `falser` is on average, and the reverse: as published, on the scores
/// after their sigmoid, (N, 1) each. The discriminator's: truer are the real pictures; the
/// generator's: truer are the generated ones. A scalar. Not to be called under autocast.
torch::Tensor relativistic_loss(const torch::Tensor &truer, const torch::Tensor &falser);

}  // namespace hyperlips::training
