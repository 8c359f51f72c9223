// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/audio/mel_window.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

constexpr float kSilence = -4.0f;

/// The mean is rarely below -2 in speech and near -3 in pauses between sentences.
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
  if (segments_.empty()) return -1;
  const Segment &oldest = segments_.front();
  return oldest.start + oldest.forgotten * kMelColumnNs;
}

std::int64_t MelTimeline::Segment::column_at(std::int64_t time) const {
  return (time - start + kMelTimeToleranceNs) / kMelColumnNs;
}

void MelTimeline::append(std::int64_t time, std::span<const MelColumn> columns) {
  if (columns.empty()) return;
  const bool continues = !segments_.empty() && !segments_.back().complete &&
                         std::abs(time - segments_.back().end()) <= kMelColumnNs / 2;
  if (!continues) {
    while (!segments_.empty() && segments_.back().start >= time) segments_.pop_back();
    if (!segments_.empty()) segments_.back().complete = true;
    segments_.push_back({time, 0, {}, false});
    silent_until_ = INT64_MIN;
  }
  auto &kept = segments_.back().columns;
  kept.insert(kept.end(), columns.begin(), columns.end());
  finished_ = false;
}

void MelTimeline::gap_until(std::int64_t time) {
  if (!segments_.empty()) segments_.back().complete = true;
  silent_until_ = std::max(silent_until_, time);
}

void MelTimeline::finish() {
  if (!segments_.empty()) segments_.back().complete = true;
  finished_ = true;
}

MelTimeline::Lookup MelTimeline::without_speech(std::int64_t time) const {
  return finished_ || !reached(time, silent_until_) ? Lookup::None : Lookup::Pending;
}

MelTimeline::Lookup MelTimeline::find(std::int64_t time, std::span<float> window) const {
  if (window.size() != static_cast<std::size_t>(kMelBands * kMelWindow))
    throw Error(ErrorKind::Settings,
                "MelTimeline::find: wrong window size: expected 1280 values, got " +
                    std::to_string(window.size()) + ".");
  if (segments_.empty()) return without_speech(time);
  const auto segment =
      std::find_if(segments_.rbegin(), segments_.rend(),
                   [time](const Segment &candidate) { return reached(time, candidate.start); });
  if (segment == segments_.rend()) return Lookup::None;

  std::int64_t first = segment->column_at(time);
  if (first + kMelWindow > segment->count()) {
    if (!segment->complete) return Lookup::Pending;
    if (first >= segment->count())
      return segment == segments_.rbegin() ? without_speech(time) : Lookup::None;
    first = std::max<std::int64_t>(0, segment->count() - kMelWindow);
  }
  if (first < segment->forgotten) return Lookup::None;

  for (int i = 0; i < kMelWindow; ++i) {
    const std::int64_t index = first + i;
    for (int band = 0; band < kMelBands; ++band)
      window[band * kMelWindow + i] =
          index < segment->count() ? segment->columns[index - segment->forgotten][band] : kSilence;
  }
  return Lookup::Ready;
}

void MelTimeline::forget_before(std::int64_t time) {
  // The newest segment is kept even if it is over: its end is the end of the speech.
  while (segments_.size() > 1 && reached(time, segments_[1].start)) segments_.pop_front();
  if (segments_.empty() || !reached(time, segments_.front().start)) return;
  Segment &oldest = segments_.front();
  // No further columns may follow, and then the last window is still needed.
  const std::int64_t needed =
      std::min(oldest.column_at(time), oldest.count() - static_cast<std::int64_t>(kMelWindow));
  while (oldest.forgotten < needed) {
    oldest.columns.pop_front();
    ++oldest.forgotten;
  }
}

std::int64_t MelTimeline::end() const { return segments_.empty() ? -1 : segments_.back().end(); }

void MelTimeline::clear() { *this = {}; }

}  // namespace hyperlips
