// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib.h>

#include <optional>
#include <vector>

#include "hyperlips/synth/performance.hpp"

/// A performance, once or repeated without end. Times are seconds since its beginning. Not thread
/// safe.
class TestSrcSpeaker {
 public:
  /// With `repeat`, a text is repeated from the next multiple of 40 ms after its end. Throws what
  /// Performance throws.
  TestSrcSpeaker(const hyperlips::synth::PerformanceOptions &options, bool repeat);

  /// Duration in seconds; none without an end.
  std::optional<double> duration();
  hyperlips::FacePose pose(double seconds);
  /// Fills `samples` with the speech at `rate` Hz, -1 ... 1, from sample number `first` on.
  void sound(gint64 first, int rate, std::span<float> samples);
  /// The phonemes in `from` ... `to`, `to` excluded.
  std::vector<hyperlips::synth::Phoneme> phonemes(double from, double to);

 private:
  gint64 first_sample(gint64 turn, int rate) const;

  hyperlips::synth::Performance performance_;
  gint64 period_ms_ = 0;  ///< of a repeated text; 0 without repetition
};
