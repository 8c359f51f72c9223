// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/dataset.hpp"

#include <vector>

namespace hyperlips::training {

Batch load_batch(const Dataset &dataset, std::uint64_t seed, std::int64_t first, int count) {
  std::map<std::string, std::vector<torch::Tensor>> rows;
  for (int i = 0; i < count; ++i) {
    for (auto &[name, tensor] : dataset.example(seed, first + i)) rows[name].push_back(tensor);
  }
  Batch batch;
  for (auto &[name, tensors] : rows) batch[name] = torch::stack(tensors);
  return batch;
}

}  // namespace hyperlips::training
