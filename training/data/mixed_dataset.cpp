// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/mixed_dataset.hpp"

#include <cmath>
#include <string>

#include "hyperlips/error.hpp"
#include "util/random.hpp"

namespace hyperlips::training {

MixedDataset::MixedDataset(std::vector<WeightedDataset> sets) : sets_(std::move(sets)) {
  if (sets_.empty()) throw Error(ErrorKind::Settings, "No data set is given.");
  for (const WeightedDataset &set : sets_) {
    if (!(set.weight > 0) || !std::isfinite(set.weight))
      throw Error(ErrorKind::Settings, "The weight of a data set must be more than 0, not " +
                                           std::to_string(set.weight) + ".");
    sum_ += set.weight;
  }
}

std::int64_t MixedDataset::epoch() const {
  std::int64_t sum = 0;
  for (const WeightedDataset &set : sets_) sum += set.dataset->epoch();
  return sum;
}

Batch MixedDataset::example(std::uint64_t seed, std::int64_t index) const {
  Random random(seed, "data set", std::uint64_t(index));
  double place = sum_ * random.uniform_double();
  std::size_t chosen = 0;
  while (chosen + 1 < sets_.size() && place >= sets_[chosen].weight)
    place -= sets_[chosen++].weight;
  return sets_[chosen].dataset->example(seed, index);
}

std::int64_t MixedDataset::unreadable() const {
  std::int64_t sum = 0;
  for (const WeightedDataset &set : sets_) sum += set.dataset->unreadable();
  return sum;
}

std::shared_ptr<const Dataset> mixed(std::vector<WeightedDataset> sets) {
  if (sets.empty()) return nullptr;
  if (sets.size() == 1) return sets.front().dataset;
  return std::make_shared<MixedDataset>(std::move(sets));
}

}  // namespace hyperlips::training
