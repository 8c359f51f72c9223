// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <torch/types.h>

namespace hyperlips::training {

/// Binary cross-entropy of probabilities (float32, any shape) against "real" or "fake". A scalar.
/// Not to be called under autocast.
torch::Tensor real_loss(const torch::Tensor &probabilities);
torch::Tensor fake_loss(const torch::Tensor &probabilities);

/// The relativistic average loss (Jolicoeur-Martineau 2018, arXiv 1807.00734), which rewards scores
/// of `preferred` above the mean of `other` and the reverse; as published, on scores after their
/// sigmoid, (N, 1) each. For the discriminator `preferred` are the real pictures, for the generator
/// the generated ones. A scalar. Not to be called under autocast.
torch::Tensor relativistic_loss(const torch::Tensor &preferred, const torch::Tensor &other);

}  // namespace hyperlips::training
