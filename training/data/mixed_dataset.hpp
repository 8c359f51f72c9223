// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <vector>

#include "training/data/dataset.hpp"

namespace hyperlips::training {

struct WeightedDataset {
  std::shared_ptr<const Dataset> dataset;
  double weight = 1;  ///< share of the examples, relative to the other data sets; more than 0
};

/// Examples of several data sets, each drawn from one of them at random by its weight, whatever the
/// sizes of the sets. All must have the same tensors.
class MixedDataset : public Dataset {
 public:
  /// Throws Error{Settings} without data sets and for a weight that is not positive.
  explicit MixedDataset(std::vector<WeightedDataset> sets);

  /// The sum of the epochs.
  std::int64_t epoch() const override;
  Batch example(std::uint64_t seed, std::int64_t index) const override;
  std::int64_t unreadable() const override;

 private:
  std::vector<WeightedDataset> sets_;
  double sum_ = 0;
};

/// The only data set, several mixed, or null for none.
std::shared_ptr<const Dataset> mixed(std::vector<WeightedDataset> sets);

}  // namespace hyperlips::training
