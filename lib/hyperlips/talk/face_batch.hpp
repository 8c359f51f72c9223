// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <vector>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

/// Runs a network of one output on faces that are added one after the other. They are submitted in
/// parts, so that the next ones are prepared while the network computes. Basic usage:
///
///     FaceBatch batch(network, 2);
///     for (const auto &face : faces)
///       batch.add(kNotDue, [&](FaceBatch::Inputs inputs) { hr_pixels(..., inputs[0]); });
///     batch.finish();
///     for (std::size_t i = 0; i < faces.size(); ++i) ... batch.output(i) ...
///
/// Not thread-safe.
class FaceBatch {
 public:
  /// Space for the inputs of one face, in the order of NetworkInfo.
  using Inputs = std::span<const std::span<std::byte>>;

  /// part: number of faces that are submitted together.
  FaceBatch(Network &network, int part) : network_(network), part_(part) {}
  /// Waits for what was submitted.
  ~FaceBatch();
  FaceBatch(const FaceBatch &) = delete;
  FaceBatch &operator=(const FaceBatch &) = delete;

  /// Adds a face, whose inputs `fill` writes; it is submitted if the part is complete. Of a part,
  /// the earliest of the times counts.
  void add(DueTime due, const std::function<void(Inputs)> &fill);

  /// Submits the rest and waits for all results. Throws as Network::run() does.
  void finish();

  /// The output of a face after finish(), by the order in which they were added.
  std::span<const std::byte> output(std::size_t face) const;

  /// Time from the first submission until finish() returned.
  std::chrono::nanoseconds time() const { return time_; }

 private:
  struct Part {
    int faces = 0;
    DueTime due = kNotDue;
    std::vector<std::vector<std::byte>> inputs;
    std::vector<std::byte> output;
    std::future<void> done;
  };

  void submit(Part &part);

  Network &network_;
  const int part_;
  std::deque<Part> parts_;  ///< they stay where they are while they are computed
  std::chrono::steady_clock::time_point start_;
  std::chrono::nanoseconds time_{0};
};

}  // namespace hyperlips
