// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/nn/hyperlips_base.hpp"
#include "training/data/dataset.hpp"

namespace hyperlips::training {

/// Replaces the running statistics of the network's norms by the means over `batches` batches of
/// `size` examples ("mels", "face"). The weights do not change. The network must be on `device`.
void estimate_norms(HyperLipsBase &network, const Dataset &examples, std::uint64_t seed,
                    int batches, int size, const torch::Device &device);

}  // namespace hyperlips::training
