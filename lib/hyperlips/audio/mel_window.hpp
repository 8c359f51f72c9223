// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "hyperlips/audio/mel.hpp"

namespace hyperlips {

/// Time from one column to the next, in nanoseconds: 12.5 ms.
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
  std::int64_t lead = 0;  ///< nanoseconds: a frame gets the columns of this much earlier, 0 ... 1e9

  int columns() const { return before + after; }
  std::size_t values() const { return std::size_t(kMelBands) * std::size_t(columns()); }
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

  /// Appends columns, the first of which has running time `time`. If that differs from the end of
  /// the newest segment by more than half a column, they begin a new segment, which replaces older
  /// columns from its start on.
  void append(std::int64_t time, std::span<const MelColumn> columns);

  /// Completes the newest segment and declares that there is no speech until `time`.
  void gap_until(std::int64_t time);

  /// Declares that no more columns will be appended.
  void finish();

  /// Reverts finish(): more columns may be appended.
  void resume() { finished_ = false; }

  /// Looks up the window of the frame at `time`: the columns of `span` around column floor(80 t) of
  /// its segment, for t seconds (plus kMelTimeToleranceNs, minus span.lead) since its start. Frames
  /// up to the end of the last column of a segment have speech. Columns outside of the segment are
  /// silence, those after its end as span.end says. Writes (80, span.columns()) row-major to
  /// `window`, and the time of the first column to `start`, but only for Ready. Throws
  /// Error{Settings} if `window` has another size.
  Lookup find(std::int64_t time, const MelSpan &span, std::span<float> window,
              std::int64_t *start = nullptr) const;
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
    std::int64_t start = 0;      ///< running time of column 0
    std::int64_t forgotten = 0;  ///< columns dropped at the front
    std::deque<MelColumn> columns;
    bool complete = false;

    std::int64_t count() const { return forgotten + static_cast<std::int64_t>(columns.size()); }
    std::int64_t end() const { return start + count() * kMelColumnNs; }
    std::int64_t column_at(std::int64_t time) const;
  };

  Lookup without_speech(std::int64_t time) const;

  std::deque<Segment> segments_;  ///< by start; only the newest may be incomplete
  std::int64_t silent_until_ = INT64_MIN;
  bool finished_ = false;
};

}  // namespace hyperlips
