// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/published_weights.hpp"

#include <algorithm>
#include <array>

#include "hyperlips/nn/state_dict.hpp"

namespace hyperlips::training {

void load_published_weights(torch::nn::Module &network, TensorFile file,
                            std::span<const std::string> unused) {
  static constexpr std::array<std::byte, sizeof(std::int64_t)> kZero{};
  for (const auto &item : network.named_buffers()) {
    if (!item.key().ends_with(".num_batches_tracked")) continue;
    file.tensors.try_emplace(item.key(), FileTensor{DType::I64, {}, kZero});
  }
  std::erase_if(file.tensors, [&](const auto &item) {
    return std::any_of(unused.begin(), unused.end(),
                       [&](const std::string &start) { return item.first.starts_with(start); });
  });
  load_state_dict(network, file);
  network.eval();
  for (torch::Tensor &parameter : network.parameters()) parameter.requires_grad_(false);
}

}  // namespace hyperlips::training
