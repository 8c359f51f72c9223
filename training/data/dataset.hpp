// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <torch/types.h>

namespace hyperlips::training {

/// Tensors by name; the first dimension is the example. Pictures are BGR, 0 ... 1, float32.
using Batch = std::map<std::string, torch::Tensor>;

/// An endless, seeded sequence of examples. An example is a pure function of the seed and its
/// index, independent of earlier examples and of the number of threads, so a run that is resumed or
/// spread over processes sees the same examples.
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// Number of examples in an epoch: as published, one per clip.
  virtual std::int64_t epoch() const = 0;

  /// Example `index` (0, 1, ...) without the batch dimension. Unreadable files are counted, and the
  /// example is drawn from another clip. Thread-safe. Throws Error{Format} that names a file if too
  /// many are unreadable.
  virtual Batch example(std::uint64_t seed, std::int64_t index) const = 0;

  /// Number of unreadable files so far.
  virtual std::int64_t unreadable() const = 0;
};

/// Examples first ... first + count - 1, stacked.
Batch load_batch(const Dataset &dataset, std::uint64_t seed, std::int64_t first, int count);

}  // namespace hyperlips::training
