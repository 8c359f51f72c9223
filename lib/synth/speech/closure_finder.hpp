// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace hyperlips::synth {

/// Finds where closures of the mouth begin and end in sound at kSpeechRate, from its high
/// frequencies (second differences). The thresholds are fitted by eye;
/// tests/lib/synth/speech/test_performance.cpp checks them with voices of espeak-ng.
class ClosureFinder {
 public:
  explicit ClosureFinder(std::span<const std::int16_t> samples);

  /// The sample from `first` to `last` at which silence or voicing turns into a burst or vowel: the
  /// first clear rise of high frequencies, else the steepest. None if nothing rises.
  std::optional<std::int64_t> release(std::int64_t first, std::int64_t last) const;
  /// The beginning of the silence before `end`, not before `first`; `end` if there is no silence.
  std::int64_t silence_before(std::int64_t end, std::int64_t first) const;
  /// Root mean square of the samples first ... last - 1, 0 ... 1.
  float loudness(std::int64_t first, std::int64_t last) const;

 private:
  int bend(std::int64_t at) const;
  float roughness(std::int64_t first, std::int64_t last) const;

  std::span<const std::int16_t> samples_;
  float roughest_ = 0;  // of the whole sound
};

}  // namespace hyperlips::synth
