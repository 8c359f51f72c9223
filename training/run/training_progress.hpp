// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>

#include "training/stages/stage.hpp"
#include "util/status_line.hpp"

namespace hyperlips::training {

/// One optimizer step.
struct StepReport {
  std::int64_t step = 0;  ///< steps done, this one included
  Losses losses;
  double samples = 0;       ///< of all ranks
  double seconds = 0;       ///< of the whole step
  double data_seconds = 0;  ///< of these, spent waiting for data
};

/// Progress of a run on standard error: a bar on a terminal, else a line per interval; nothing on
/// ranks other than 0. Losses are means since the last output, rates are of about the last hundred
/// steps.
class TrainingProgress {
 public:
  /// total_steps: 0 if unknown.
  TrainingProgress(std::int64_t total_steps, int rank, StatusLine::Settings settings);

  void show(const StepReport &report);

  /// Prints a line of text above the bar.
  void say(const std::string &line) { status_.say(line); }

  /// "step 1200 of 10000, total 0.531, sync 0.693, 12.3 samples/s, data 2 %, 1:02:03 left".
  std::string text() const;

 private:
  void add(const StepReport &report);

  std::int64_t total_;
  StatusLine status_;
  std::int64_t step_ = 0;
  Losses sums_;
  std::int64_t summed_ = 0;
  // Sums that decay by the same factor each step, so that their ratios are weighted means.
  double steps_ = 0, samples_ = 0, seconds_ = 0, data_seconds_ = 0;
};

}  // namespace hyperlips::training
