// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/audio/mel_window.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

constexpr float kSilence = -4.0f;

/// Speech rarely averages below -2, pauses between its sentences lie near -3.
constexpr float kQuietColumn = -2.5f;

bool reached(std::int64_t time, std::int64_t start) { return time + kMelTimeToleranceNs >= start; }

}  // namespace

bool is_silent(std::span<const float> window) {
  for (int column = 0; column < kMelWindow; ++column) {
    float sum = 0;
    for (int band = 0; band < kMelBands; ++band) {
      sum += window[static_cast<std::size_t>(band * kMelWindow + column)];
    }
    if (sum / kMelBands > kQuietColumn) return false;
  }
  return true;
}

std::int64_t MelTimeline::start() const {
  if (stretches_.empty()) return -1;
  const Stretch &oldest = stretches_.front();
  return oldest.start + oldest.forgotten * kMelColumnNs;
}

std::int64_t MelTimeline::Stretch::column_at(std::int64_t time) const {
  return (time - start + kMelTimeToleranceNs) / kMelColumnNs;
}

void MelTimeline::append(std::int64_t time, std::span<const MelColumn> columns) {
  if (columns.empty()) return;
  const bool continues = !stretches_.empty() && !stretches_.back().complete &&
                         std::abs(time - stretches_.back().end()) <= kMelColumnNs / 2;
  if (!continues) {
    while (!stretches_.empty() && stretches_.back().start >= time) stretches_.pop_back();
    if (!stretches_.empty()) stretches_.back().complete = true;
    stretches_.push_back({time, 0, {}, false});
    silent_until_ = INT64_MIN;
  }
  auto &kept = stretches_.back().columns;
  kept.insert(kept.end(), columns.begin(), columns.end());
  finished_ = false;
}

void MelTimeline::gap_until(std::int64_t time) {
  if (!stretches_.empty()) stretches_.back().complete = true;
  silent_until_ = std::max(silent_until_, time);
}

void MelTimeline::finish() {
  if (!stretches_.empty()) stretches_.back().complete = true;
  finished_ = true;
}

MelTimeline::Lookup MelTimeline::without_speech(std::int64_t time) const {
  return finished_ || !reached(time, silent_until_) ? Lookup::None : Lookup::Pending;
}

MelTimeline::Lookup MelTimeline::find(std::int64_t time, std::span<float> window) const {
  if (window.size() != static_cast<std::size_t>(kMelBands * kMelWindow))
    throw Error(ErrorKind::Settings,
                "MelTimeline::find: the window must hold 80 x 16 values, not " +
                    std::to_string(window.size()) + ".");
  if (stretches_.empty()) return without_speech(time);
  const auto stretch =
      std::find_if(stretches_.rbegin(), stretches_.rend(),
                   [time](const Stretch &candidate) { return reached(time, candidate.start); });
  if (stretch == stretches_.rend()) return Lookup::None;

  std::int64_t first = stretch->column_at(time);
  if (first + kMelWindow > stretch->count()) {
    if (!stretch->complete) return Lookup::Pending;
    if (first >= stretch->count())
      return stretch == stretches_.rbegin() ? without_speech(time) : Lookup::None;
    first = std::max<std::int64_t>(0, stretch->count() - kMelWindow);
  }
  if (first < stretch->forgotten) return Lookup::None;

  for (int i = 0; i < kMelWindow; ++i) {
    const std::int64_t index = first + i;
    for (int band = 0; band < kMelBands; ++band)
      window[band * kMelWindow + i] =
          index < stretch->count() ? stretch->columns[index - stretch->forgotten][band] : kSilence;
  }
  return Lookup::Ready;
}

void MelTimeline::forget_before(std::int64_t time) {
  // The newest stretch stays, even when it is over: it says where the speech ended.
  while (stretches_.size() > 1 && reached(time, stretches_[1].start)) stretches_.pop_front();
  if (stretches_.empty() || !reached(time, stretches_.front().start)) return;
  Stretch &oldest = stretches_.front();
  // A stretch may turn out to end with the columns it has, and then its last window is needed.
  const std::int64_t needed =
      std::min(oldest.column_at(time), oldest.count() - static_cast<std::int64_t>(kMelWindow));
  while (oldest.forgotten < needed) {
    oldest.columns.pop_front();
    ++oldest.forgotten;
  }
}

std::int64_t MelTimeline::end() const { return stretches_.empty() ? -1 : stretches_.back().end(); }

void MelTimeline::clear() { *this = {}; }

}  // namespace hyperlips
