// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

#include "hyperlips/audio/mel.hpp"

namespace hyperlips {

/// Time from one column to the next at rate 1, in nanoseconds: 12.5 ms.
inline constexpr std::int64_t kMelColumnNs = 12'500'000;

/// Containers truncate times to their own unit (99999999 ns for 100 ms), so a frame that is up to
/// this many nanoseconds before a column is treated as coinciding with it.
inline constexpr std::int64_t kMelTimeToleranceNs = 1'000;

/// Whether 16 columns from column `first` on of a window, (80, columns) row-major, contain no
/// speech: the mean over the bands of each column is below that of the quietest voice.
bool is_silent(std::span<const float> window, int first = 0);

/// The columns around a time: `before` columns before column floor(80 t), and `after` from it on.
struct MelSpan {
  /// What replaces columns after the end of the speech.
  enum class End {
    Last,     ///< the span is moved back to the last columns of the speech, as published
    Silence,  ///< silence (-4)
  };
  int before = 0, after = kMelWindow;
  End end = End::Last;
  /// A frame gets the columns of this much earlier, 0 ... 1e9 nanoseconds of speech at rate 1.
  std::int64_t lead = 0;

  int columns() const { return before + after; }
  std::size_t values() const { return std::size_t(kMelBands) * std::size_t(columns()); }
};

/// The times of the columns of a window.
struct MelTimes {
  std::int64_t start = 0;      ///< running time of the first column, nanoseconds
  double step = kMelColumnNs;  ///< running time from one column to the next, nanoseconds
};

/// Mel columns by running time, for looking up the window of a video frame. Speech consists of
/// segments of consecutive columns, separated by gaps. Times are in nanoseconds. Not thread-safe.
class MelTimeline {
 public:
  enum class Lookup {
    Ready,    ///< the window was written
    Pending,  ///< some of its columns have not been appended yet
    None,     ///< no speech at this time: before the first or after the last segment, or in a gap
  };

  /// Appends columns, the first of which has running time `time`. `rate`, above 0: how fast the
  /// speech is played; columns are kMelColumnNs / rate apart. If the time differs from the end of
  /// the newest segment by more than half a column, or the rate changes, they begin a new segment,
  /// which replaces older columns from its start on.
  void append(std::int64_t time, std::span<const MelColumn> columns, double rate = 1);

  /// Completes the newest segment and declares that there is no speech until `time`.
  void gap_until(std::int64_t time);

  /// Declares that no more columns will be appended.
  void finish();

  /// Reverts finish(): the columns of another stream follow.
  void resume();

  /// Drops the speech of the stream that has ended: what was there at finish(), if another stream
  /// followed that, else everything. finished() stays as it is.
  void forget_ended();

  /// Looks up the window of the frame at `time`: the columns of `span` around column
  /// floor(80 t rate) of its segment, for t seconds (plus kMelTimeToleranceNs) since its start,
  /// span.lead earlier. Frames up to the end of the last column of a segment have speech. Columns
  /// before and after the segment are those of its neighbors: directly if they are less than a
  /// column apart, else with silence between. At the end of all speech, known by finish(), they
  /// are as span.end says. Writes (80, span.columns()) row-major to `window`, and their times to
  /// `times`, but only for Ready. Throws Error{Settings} if `window` has another size.
  Lookup find(std::int64_t time, const MelSpan &span, std::span<float> window,
              MelTimes *times = nullptr) const;
  /// The same for 16 columns, the window of the published networks.
  Lookup find(std::int64_t time, std::span<float> window) const { return find(time, {}, window); }

  /// Drops the columns that no frame at or after `time` needs for this span.
  void forget_before(std::int64_t time, const MelSpan &span = {});

  /// End of the newest column, or -1 without columns.
  std::int64_t end() const;

  /// Start of the oldest stored column, or -1 without columns.
  std::int64_t start() const;

  /// Whether finish() was called, without resume() or append() since.
  bool finished() const { return finished_; }

  /// Returns to the initial state.
  void clear();

 private:
  struct Segment {
    std::int64_t start = 0;  ///< running time of column 0
    double step = kMelColumnNs;
    std::int64_t forgotten = 0;  ///< columns dropped at the front
    std::deque<MelColumn> columns;
    bool complete = false;
    bool ended = false;  ///< finish() came after it

    std::int64_t count() const { return forgotten + static_cast<std::int64_t>(columns.size()); }
    std::int64_t time_of(std::int64_t column) const;
    std::int64_t end() const { return time_of(count()); }
    std::int64_t column_at(std::int64_t time) const;
    /// The column around which the window of the frame at `time` lies, span.lead earlier.
    std::int64_t column_of(std::int64_t time, const MelSpan &span) const;
    void cut(std::int64_t time);
  };

  /// A column by its segment and its number there, which is outside of the segment if it is
  /// silence.
  struct Place {
    std::size_t segment;
    std::int64_t column;
  };

  Lookup without_speech(std::int64_t time) const;
  /// The newest segment that has begun at `time`, or -1.
  std::ptrdiff_t segment_at(std::int64_t time) const;
  /// Silent columns between a segment and the next one.
  std::int64_t gap_after(std::size_t segment) const;
  /// The place of the same column in the segment that has it, counted across gaps.
  Place resolve(Place place) const;
  /// In numbers of a segment's columns: the number behind the newest column of all, and behind the
  /// last one that is known to be speech or silence.
  std::int64_t last_column(std::size_t segment) const;
  std::int64_t last_known(std::size_t segment) const;
  /// The first column of the speech that has no silence before this segment.
  std::int64_t first_column(std::size_t segment) const;

  std::deque<Segment> segments_;  ///< by start; only the newest may be incomplete
  std::int64_t silent_until_ = INT64_MIN;
  bool finished_ = false;
  bool resumed_ = false;  ///< after finish()
};

}  // namespace hyperlips
