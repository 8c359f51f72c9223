// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <glib.h>

#include <optional>
#include <vector>

#include "hyperlips/synth/performance.hpp"

/// A performance as a stream shows it: once, or again and again. Times are in seconds since it
/// began. Not for use by two threads at a time.
class TestSrcSpeaker {
 public:
  /// With `repeat` a text begins anew as soon as it is said. Throws what Performance throws.
  TestSrcSpeaker(const hyperlips::synth::PerformanceOptions &options, bool repeat);

  /// Seconds until all is said; none where it goes on without end.
  std::optional<double> duration();
  hyperlips::FacePose pose(double seconds);
  void sound(gint64 first, int rate, std::span<float> samples);
  /// The phonemes of `from` ... `to`, `to` not included, with times of this clock.
  std::vector<hyperlips::synth::Phoneme> phonemes(double from, double to);

 private:
  gint64 first_sample(gint64 turn, int rate) const;

  hyperlips::synth::Performance performance_;
  gint64 period_ms_ = 0;  ///< of a repeated text, else 0
};
