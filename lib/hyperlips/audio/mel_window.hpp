// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "hyperlips/audio/mel.hpp"

namespace hyperlips {

/// Time from one column to the next: 12.5 ms.
inline constexpr std::int64_t kMelColumnNs = 12'500'000;

/// Containers cut times down to their own unit (99999999 ns for 100 ms), so a frame that lies up to
/// this much before a column counts as lying on it.
inline constexpr std::int64_t kMelTimeToleranceNs = 1'000;

/// Whether a (80, 16) window holds no speech: every column lies, on average over the bands, below
/// what the quietest voice gives.
bool is_silent(std::span<const float> window);

/// Mel columns by running time, for looking up the window of a video frame. Holds only the columns
/// between the oldest frame that may still ask and the newest column. Times in nanoseconds;
/// stretches of speech are separated by gaps. Not thread-safe.
class MelTimeline {
 public:
  enum class Lookup {
    Ready,    ///< the window was written
    Pending,  ///< columns that belong to it have not arrived yet
    None,     ///< no speech at this time: before the first, after the last, or in a gap
  };

  /// Appends columns whose first has this running time. A start that does not continue the newest
  /// stretch (by more than half a column) begins a new one; from its start on it replaces what
  /// older stretches hold.
  void append(std::int64_t time, std::span<const MelColumn> columns);

  /// No speech until `time`: the newest stretch is complete.
  void gap_until(std::int64_t time);

  /// No more columns will come.
  void finish();

  /// More columns may come after finish().
  void resume() { finished_ = false; }

  /// The 16-column window of the frame at `time`: it starts at column floor(80 t) of its stretch
  /// (with kMelTimeToleranceNs). At the end of a stretch the last 16 columns serve, for every frame
  /// before the end of the last column; a stretch shorter than that is filled up with silence.
  /// Writes (80, 16) row-major into `window`, which must hold exactly that; leaves it alone unless
  /// Ready.
  Lookup find(std::int64_t time, std::span<float> window) const;

  /// Drops what no frame at or after `time` can need.
  void forget_before(std::int64_t time);

  /// End of the newest column, or -1 while there is none.
  std::int64_t end() const;

  /// Time of the oldest column kept, or -1 while there is none.
  std::int64_t start() const;

  /// Whether finish() was called.
  bool finished() const { return finished_; }

  void clear();

 private:
  struct Stretch {
    std::int64_t start = 0;      ///< running time of the stretch's column 0
    std::int64_t forgotten = 0;  ///< columns dropped at the front
    std::deque<MelColumn> columns;
    bool complete = false;

    std::int64_t count() const { return forgotten + static_cast<std::int64_t>(columns.size()); }
    std::int64_t end() const { return start + count() * kMelColumnNs; }
    std::int64_t column_at(std::int64_t time) const;
  };

  Lookup without_speech(std::int64_t time) const;

  std::deque<Stretch> stretches_;  ///< by start; only the newest may be incomplete
  std::int64_t silent_until_ = INT64_MIN;
  bool finished_ = false;
};

}  // namespace hyperlips
