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
  /// UTF-8; empty: random sentences, without end.
  std::string text;
  /// Of espeak-ng ("en", "de", ...); empty: by the seed, or "en" if there is a text.
  std::string language;
  /// Variant of espeak-ng ("m3", "f2", ...); empty: by the seed.
  std::string voice;
  int pitch = -1;  ///< 0 ... 99; -1: by the seed
  int speed = -1;  ///< words per minute, 80 ... 450; -1: by the seed
};

/// A phoneme in the sound. Times are in seconds of the performance.
struct Phoneme {
  std::string name;  ///< IPA
  Viseme viseme = Viseme::Silence;
  double start = 0, end = 0;
  /// Where the closure of lips or tongue opens: the burst of p b t d k g, the end of m n. For other
  /// phonemes the start.
  double release = 0;
};

/// The speech and the movements of a talking head: sound, phonemes and pose at any time, in any
/// order. The same options always give the same performance. Not thread-safe; several performances
/// may be used at once.
///
///     Performance performance({.seed = 7, .text = "Hello there.", .language = "en"});
///     TalkingHead head({.seed = 7, .frame = {1280, 720}});
///     std::vector<float> samples(48000 / 25);  // of one frame
///     cv::Mat bgr;
///     for (int frame = 0; frame / 25.0 < *performance.duration(); ++frame) {
///       performance.sound(frame * std::ssize(samples), 48000, samples);
///       head.draw(performance.pose(frame / 25.0), frame, bgr);
///     }
class Performance {
 public:
  /// Throws Error: Settings for an unknown language or voice, a pitch or speed out of range or a
  /// text that is not valid UTF-8; NotFound if the data of espeak-ng or the program
  /// hyperlips-speech is not found.
  explicit Performance(PerformanceOptions options);
  ~Performance();
  Performance(Performance &&) noexcept;
  Performance &operator=(Performance &&) noexcept;

  /// Seconds until the end of the text, with the mouth at rest; none if the speech is endless.
  std::optional<double> duration();
  /// The face at a time. Before the beginning and after the end the mouth is at rest.
  FacePose pose(double seconds);
  /// Mono sound at `rate` Hz (8000 ... 192000, else Error{Settings}), -1 ... 1: fills `samples`
  /// with the samples `first`, `first` + 1, ... of the performance. Silence before the beginning
  /// and after the end.
  void sound(std::int64_t first, int rate, std::span<float> samples);
  /// The phonemes that overlap `from` ... `to` (seconds), in order; pauses are Viseme::Silence.
  std::vector<Phoneme> phonemes(double from, double to);
  /// The sentences that overlap `from` ... `to` (seconds), separated by spaces.
  std::string text(double from, double to);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips::synth
