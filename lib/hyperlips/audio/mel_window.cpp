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

bool is_silent(std::span<const float> window, int first) {
  const int columns = static_cast<int>(window.size()) / kMelBands;
  for (int column = first; column < std::min(first + kMelWindow, columns); ++column) {
    float sum = 0;
    for (int band = 0; band < kMelBands; ++band) {
      sum += window[static_cast<std::size_t>(band * columns + column)];
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
  const std::int64_t since = time - start + kMelTimeToleranceNs;
  return since >= 0 ? since / kMelColumnNs : -((-since + kMelColumnNs - 1) / kMelColumnNs);
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

MelTimeline::Lookup MelTimeline::find(std::int64_t time, const MelSpan &span,
                                      std::span<float> window, std::int64_t *start) const {
  if (window.size() != span.values())
    throw Error(ErrorKind::Settings, "MelTimeline::find: wrong window size: expected " +
                                         std::to_string(span.values()) + " values, got " +
                                         std::to_string(window.size()) + ".");
  if (segments_.empty()) return without_speech(time);
  const auto segment =
      std::find_if(segments_.rbegin(), segments_.rend(),
                   [time](const Segment &candidate) { return reached(time, candidate.start); });
  if (segment == segments_.rend()) return Lookup::None;

  const std::int64_t at = segment->column_at(time - span.lead);
  std::int64_t first = at - span.before;
  if (at + span.after > segment->count()) {
    if (!segment->complete) return Lookup::Pending;
    if (segment->column_at(time) >= segment->count())
      return segment == segments_.rbegin() ? without_speech(time) : Lookup::None;
    if (span.end == MelSpan::End::Last)
      first = std::max<std::int64_t>(0, segment->count() - span.after) - span.before;
  }
  if (std::max<std::int64_t>(first, 0) < segment->forgotten) return Lookup::None;

  const int columns = span.columns();
  for (int i = 0; i < columns; ++i) {
    const std::int64_t index = first + i;
    const bool inside = index >= 0 && index < segment->count();
    for (int band = 0; band < kMelBands; ++band)
      window[std::size_t(band * columns + i)] =
          inside ? segment->columns[std::size_t(index - segment->forgotten)][std::size_t(band)]
                 : kSilence;
  }
  if (start) *start = segment->start + first * kMelColumnNs;
  return Lookup::Ready;
}

void MelTimeline::forget_before(std::int64_t time, const MelSpan &span) {
  // The newest segment is kept even if it is over: its end is the end of the speech.
  while (segments_.size() > 1 && reached(time, segments_[1].start)) segments_.pop_front();
  if (segments_.empty() || !reached(time, segments_.front().start)) return;
  Segment &oldest = segments_.front();
  // No further columns may follow, and then the last window is still needed.
  const std::int64_t needed = std::min(oldest.column_at(time - span.lead),
                                       oldest.count() - static_cast<std::int64_t>(span.after)) -
                              span.before;
  while (oldest.forgotten < needed) {
    oldest.columns.pop_front();
    ++oldest.forgotten;
  }
}

std::int64_t MelTimeline::end() const { return segments_.empty() ? -1 : segments_.back().end(); }

void MelTimeline::clear() { *this = {}; }

}  // namespace hyperlips
