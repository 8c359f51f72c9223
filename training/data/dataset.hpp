// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <torch/types.h>

namespace hyperlips::training {

/// Tensors by name; the first dimension of each counts examples. Pictures are BGR, 0 ... 1,
/// float32.
using Batch = std::map<std::string, torch::Tensor>;

/// A set of examples in an endless, seeded order. An example is a pure function of the seed and its
/// number, whatever was loaded before and by how many threads: so a run that is resumed, or is
/// spread over processes, sees exactly the examples of one that is not.
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// Examples that make an epoch: as published, one for each clip.
  virtual std::int64_t epoch() const = 0;

  /// Example `index` (0, 1, ...) without the batch dimension. Thread-safe. Throws Error{Format}
  /// that names a file when too many of those it needs cannot be read; single ones are replaced by
  /// another clip's and counted.
  virtual Batch example(std::uint64_t seed, std::int64_t index) const = 0;

  /// Files that could not be read so far.
  virtual std::int64_t unreadable() const = 0;
};

/// Examples first, first + 1, ... first + count - 1, stacked.
Batch load_batch(const Dataset &dataset, std::uint64_t seed, std::int64_t first, int count);

}  // namespace hyperlips::training
