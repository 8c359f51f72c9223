// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace hyperlips::synth {

/// Finds in sound at kSpeechRate where closures of the mouth begin and end.
class ClosureFinder {
 public:
  explicit ClosureFinder(std::span<const std::int16_t> samples);

  /// The sample from `first` to `last` at which a murmur or silence turns into a burst or vowel:
  /// the first clear rise of high frequencies above the murmur, else the steepest. None where
  /// nothing rises.
  std::optional<std::int64_t> release(std::int64_t first, std::int64_t last) const;
  /// Where the silence that reaches `end` begins, not before `first`; `end` where there is none.
  std::int64_t silence_before(std::int64_t end, std::int64_t first) const;
  /// Root mean square of the samples first ... last - 1, of full scale.
  float loudness(std::int64_t first, std::int64_t last) const;

 private:
  int bend(std::int64_t at) const;
  float roughness(std::int64_t first, std::int64_t last) const;

  std::span<const std::int16_t> samples_;
  float roughest_ = 0;  // of the whole sound
};

}  // namespace hyperlips::synth
