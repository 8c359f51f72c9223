// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/training_progress.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

namespace hyperlips::training {
namespace {

constexpr double kDecay = 0.99;

StatusLine::Settings on_rank(StatusLine::Settings settings, int rank) {
  settings.quiet = settings.quiet || rank != 0;
  return settings;
}

template <typename... Arguments>
std::string format(const char *pattern, Arguments... arguments) {
  char text[96];
  std::snprintf(text, sizeof text, pattern, arguments...);
  return text;
}

}  // namespace

TrainingProgress::TrainingProgress(std::int64_t total_steps, int rank,
                                   StatusLine::Settings settings)
    : total_(total_steps), status_(on_rank(std::move(settings), rank)) {}

void TrainingProgress::add(const StepReport &report) {
  step_ = report.step;
  for (const auto &[name, value] : report.losses) {
    const auto sum = std::find_if(sums_.begin(), sums_.end(),
                                  [&](const auto &entry) { return entry.first == name; });
    if (sum == sums_.end()) {
      sums_.emplace_back(name, value);
    } else {
      sum->second += value;
    }
  }
  ++summed_;
  steps_ = kDecay * steps_ + 1;
  samples_ = kDecay * samples_ + report.samples;
  seconds_ = kDecay * seconds_ + report.seconds;
  data_seconds_ = kDecay * data_seconds_ + report.data_seconds;
}

std::string TrainingProgress::text() const {
  std::string line = "step " + std::to_string(step_);
  if (total_ > 0) line += " of " + std::to_string(total_);
  for (const auto &[name, sum] : sums_) {
    line += ", " + name + " " + format("%.4g", sum / double(summed_));
  }
  if (seconds_ <= 0) return line;
  line +=
      format(", %.1f samples/s, data %.0f %%", samples_ / seconds_, 100 * data_seconds_ / seconds_);
  if (total_ > 0) {
    const auto steps_left = double(std::max<std::int64_t>(0, total_ - step_));
    const auto left = std::chrono::seconds(std::int64_t(steps_left * seconds_ / steps_ + 0.5));
    line += ", " + duration_text(left) + " left";
  }
  return line;
}

void TrainingProgress::show(const StepReport &report) {
  add(report);
  if (!status_.due()) return;
  std::optional<double> done;
  if (total_ > 0) done = double(step_) / double(total_);
  status_.show(text(), done);
  sums_.clear();
  summed_ = 0;
}

}  // namespace hyperlips::training
