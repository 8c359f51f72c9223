// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/face/pose.hpp"

namespace hyperlips::synth {

struct PerformanceOptions {
  std::uint64_t seed = 0;
  std::string text;  ///< UTF-8; empty: sentences made up by the seed, without end
  std::string
      language;  ///< of espeak-ng, "en", "de", ...; empty: by the seed ("en" where there is a text)
  std::string voice;  ///< variant of espeak-ng, "m3", "f2", ...; empty: by the seed
  int pitch = -1;     ///< 0 ... 99; -1: by the seed
  int speed = -1;     ///< words a minute, 80 ... 450; -1: by the seed
};

/// A phoneme as it is heard. Times are in seconds of the performance.
struct Phoneme {
  std::string name;  ///< IPA
  Viseme viseme = Viseme::Silence;
  double start = 0, end = 0;
  double release =
      /// where lips or tongue let go (the burst of p b t d k g, the end of m n); start for others
      0;
};

/// What a talking head says and does: sound, phonemes and pose at any time, in any order. The same
/// options give the same performance. Not for use by two threads at a time; several performances
/// may be used at once.
class Performance {
 public:
  /// Throws Error: Settings for a language or voice that espeak-ng does not have, a pitch or speed
  /// out of range and a text that is not UTF-8, NotFound where espeak-ng's data is missing.
  explicit Performance(PerformanceOptions options);
  ~Performance();
  Performance(Performance &&) noexcept;
  Performance &operator=(Performance &&) noexcept;

  /// Seconds until the text is said and the mouth at rest; none where sentences go on without end.
  std::optional<double> duration();
  FacePose pose(double seconds);
  /// Mono sound at `rate` Hz (8000 ... 192000), -1 ... 1: the samples `first`, `first` + 1, ... of
  /// the performance. Silence before its beginning and after its end.
  void sound(std::int64_t first, int rate, std::span<float> samples);
  /// The phonemes that lie at least partly within `from` ... `to`, in order; pauses are
  /// Viseme::Silence.
  std::vector<Phoneme> phonemes(double from, double to);
  /// The sentences said at least partly within `from` ... `to`.
  std::string text(double from, double to);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips::synth
