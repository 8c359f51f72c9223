// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/audio/mel_window.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

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

std::int64_t MelTimeline::Segment::time_of(std::int64_t column) const {
  return start + std::llround(static_cast<double>(column) * step);
}

std::int64_t MelTimeline::Segment::column_at(std::int64_t time) const {
  const auto since = static_cast<double>(time - start + kMelTimeToleranceNs);
  return static_cast<std::int64_t>(std::floor(since / step));
}

std::int64_t MelTimeline::Segment::column_of(std::int64_t time, const MelSpan &span) const {
  const double lead = static_cast<double>(span.lead) * step / kMelColumnNs;
  return column_at(time - std::llround(lead));
}

/// Drops the columns that are nearer to `time` than half a column, or later.
void MelTimeline::Segment::cut(std::int64_t time) {
  const double kept = std::ceil((static_cast<double>(time - start) - step / 2) / step);
  while (!columns.empty() && static_cast<double>(count()) > kept) columns.pop_back();
}

std::int64_t MelTimeline::start() const {
  if (segments_.empty()) return -1;
  return segments_.front().time_of(segments_.front().forgotten);
}

void MelTimeline::append(std::int64_t time, std::span<const MelColumn> columns, double rate) {
  if (columns.empty()) return;
  const double step = static_cast<double>(kMelColumnNs) / rate;
  const bool continues = !segments_.empty() && !segments_.back().complete &&
                         segments_.back().step == step &&
                         static_cast<double>(std::abs(time - segments_.back().end())) <= step / 2;
  if (!continues) {
    while (!segments_.empty() && segments_.back().start >= time) segments_.pop_back();
    if (!segments_.empty()) {
      segments_.back().complete = true;
      segments_.back().cut(time);
      if (segments_.back().count() == 0) segments_.pop_back();
    }
    segments_.push_back({.start = time, .step = step});
    silent_until_ = INT64_MIN;
  }
  auto &kept = segments_.back().columns;
  kept.insert(kept.end(), columns.begin(), columns.end());
  resume();
}

void MelTimeline::gap_until(std::int64_t time) {
  if (!segments_.empty()) segments_.back().complete = true;
  silent_until_ = std::max(silent_until_, time);
}

void MelTimeline::finish() {
  if (!segments_.empty()) segments_.back().complete = true;
  for (Segment &segment : segments_) segment.ended = true;
  finished_ = true;
}

void MelTimeline::resume() {
  resumed_ = resumed_ || finished_;
  finished_ = false;
}

void MelTimeline::forget_ended() {
  if (resumed_ && !finished_) {
    std::erase_if(segments_, [](const Segment &segment) { return segment.ended; });
    resumed_ = false;
    return;
  }
  const bool finished = finished_;
  clear();
  finished_ = finished;
}

MelTimeline::Lookup MelTimeline::without_speech(std::int64_t time) const {
  return finished_ || !reached(time, silent_until_) ? Lookup::None : Lookup::Pending;
}

std::ptrdiff_t MelTimeline::segment_at(std::int64_t time) const {
  auto index = static_cast<std::ptrdiff_t>(segments_.size()) - 1;
  while (index >= 0 && !reached(time, segments_[static_cast<std::size_t>(index)].start)) --index;
  return index;
}

std::int64_t MelTimeline::gap_after(std::size_t segment) const {
  const Segment &before = segments_[segment];
  const auto gap = static_cast<double>(segments_[segment + 1].start - before.end());
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(gap / before.step)));
}

MelTimeline::Place MelTimeline::resolve(Place place) const {
  while (place.column < 0 && place.segment > 0) {
    const std::int64_t gap = gap_after(place.segment - 1);
    if (-place.column <= gap) break;
    --place.segment;
    place.column += gap + segments_[place.segment].count();
  }
  while (place.segment + 1 < segments_.size() && place.column >= segments_[place.segment].count()) {
    const std::int64_t skipped = segments_[place.segment].count() + gap_after(place.segment);
    if (place.column < skipped) break;
    place.column -= skipped;
    ++place.segment;
  }
  return place;
}

std::int64_t MelTimeline::last_column(std::size_t segment) const {
  std::int64_t last = segments_[segment].count();
  for (std::size_t next = segment + 1; next < segments_.size(); ++next)
    last += gap_after(next - 1) + segments_[next].count();
  return last;
}

std::int64_t MelTimeline::last_known(std::size_t segment) const {
  if (finished_) return INT64_MAX;
  const Segment &newest = segments_.back();
  if (!newest.complete || silent_until_ <= newest.end()) return last_column(segment);
  return last_column(segment) + newest.column_at(silent_until_) - newest.count();
}

std::int64_t MelTimeline::first_column(std::size_t segment) const {
  std::int64_t first = 0;
  for (; segment > 0 && gap_after(segment - 1) == 0; --segment)
    first -= segments_[segment - 1].count();
  return first;
}

MelTimeline::Lookup MelTimeline::find(std::int64_t time, const MelSpan &span,
                                      std::span<float> window, MelTimes *times) const {
  if (window.size() != span.values())
    throw Error(ErrorKind::Settings, "MelTimeline::find: wrong window size: expected " +
                                         std::to_string(span.values()) + " values, got " +
                                         std::to_string(window.size()) + ".");
  if (segments_.empty()) return without_speech(time);
  const std::ptrdiff_t found = segment_at(time);
  if (found < 0) return Lookup::None;
  const auto index = static_cast<std::size_t>(found);
  const Segment &segment = segments_[index];
  if (segment.column_at(time) >= segment.count()) {
    if (!segment.complete) return Lookup::Pending;
    if (index + 1 == segments_.size()) return without_speech(time);
    if (gap_after(index) > 0) return Lookup::None;
  }

  std::int64_t at = segment.column_of(time, span);
  if (at + span.after > last_known(index)) return Lookup::Pending;
  if (finished_ && span.end == MelSpan::End::Last)
    at = std::min(at, std::max(first_column(index), last_column(index) - span.after));

  const int columns = span.columns();
  const std::int64_t first = at - span.before;
  std::vector<const MelColumn *> found_columns(static_cast<std::size_t>(columns), nullptr);
  for (int i = 0; i < columns; ++i) {
    const Place place = resolve({index, first + i});
    const Segment &source = segments_[place.segment];
    if (place.column < 0 || place.column >= source.count()) continue;
    if (place.column < source.forgotten) return Lookup::None;
    found_columns[static_cast<std::size_t>(i)] =
        &source.columns[static_cast<std::size_t>(place.column - source.forgotten)];
  }
  for (int band = 0; band < kMelBands; ++band)
    for (int i = 0; i < columns; ++i) {
      const MelColumn *column = found_columns[static_cast<std::size_t>(i)];
      window[static_cast<std::size_t>(band * columns + i)] =
          column ? (*column)[static_cast<std::size_t>(band)] : kSilence;
    }
  if (times) *times = {segment.time_of(first), segment.step};
  return Lookup::Ready;
}

void MelTimeline::forget_before(std::int64_t time, const MelSpan &span) {
  const std::ptrdiff_t found = segment_at(time);
  if (found < 0) return;
  const auto index = static_cast<std::size_t>(found);
  const Segment &segment = segments_[index];
  const std::int64_t at = segment.column_of(time, span);
  // No further columns may follow, and then the last window is still needed.
  const std::int64_t needed = std::min(at, last_column(index) - span.after) - span.before;
  Place oldest = resolve({index, needed});
  // A segment is kept until the next one begins, the newest even longer: its end is the end of the
  // speech.
  if (oldest.segment > index) oldest = {index, segment.count()};
  segments_.erase(segments_.begin(),
                  segments_.begin() + static_cast<std::ptrdiff_t>(oldest.segment));
  Segment &front = segments_.front();
  while (!front.columns.empty() && front.forgotten < oldest.column) {
    front.columns.pop_front();
    ++front.forgotten;
  }
}

std::int64_t MelTimeline::end() const { return segments_.empty() ? -1 : segments_.back().end(); }

void MelTimeline::clear() { *this = {}; }

}  // namespace hyperlips
