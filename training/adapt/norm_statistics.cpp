// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/norm_statistics.hpp"

#include <torch/utils.h>

#include "hyperlips/nn/batch_norm.hpp"

namespace hyperlips::training {

void estimate_norms(HyperLipsBase &network, const Dataset &examples, std::uint64_t seed,
                    int batches, int size, const torch::Device &device) {
  const torch::NoGradGuard no_grad;
  std::vector<std::pair<BatchNorm2dImpl *, std::optional<double>>> norms;
  for (const auto &module : network->modules()) {
    auto *norm = module->as<BatchNorm2dImpl>();
    if (!norm) continue;
    norms.emplace_back(norm, norm->options.momentum());
    norm->reset_running_stats();
    norm->options.momentum(std::nullopt);  // the mean of all batches
  }
  network->train();
  for (int i = 0; i < batches; ++i) {
    const Batch batch = load_batch(examples, seed, std::int64_t(i) * size, size);
    network->forward(batch.at("mels").to(device), batch.at("face").to(device));
  }
  network->eval();
  for (const auto &[norm, momentum] : norms) norm->options.momentum(momentum);
}

}  // namespace hyperlips::training
