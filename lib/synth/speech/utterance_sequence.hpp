// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hyperlips/synth/performance.hpp"
#include "synth/speech/articulation.hpp"
#include "synth/speech/behavior.hpp"
#include "synth/speech/espeak.hpp"
#include "synth/speech/speaker.hpp"

namespace hyperlips::synth {

/// Consecutive utterances of a performance with pauses between them. It begins and ends in silence
/// with the mouth at rest. Times are in seconds of the sequence.
struct UtteranceSequence {
  struct Sentence {
    double start, end;
    std::string text;
  };
  std::int64_t first = 0;             ///< sample of the performance
  std::vector<std::int16_t> samples;  ///< at kSpeechRate
  std::vector<Phoneme> phonemes;      ///< without gaps
  std::vector<Sentence> sentences;
  std::vector<Accent> accents;
  MouthMotion mouth;
};

/// Assembles a sequence from utterances.
class UtteranceSequenceBuilder {
 public:
  /// `seed` decides which syllables are accented.
  UtteranceSequenceBuilder(const Speaker &speaker, std::uint64_t seed)
      : speaker_(speaker), seed_(seed) {}

  /// Adds `utterance` at sample `at`, after the one added before.
  void add(const Utterance &utterance, std::int64_t at, std::string text);
  /// The sequence, `count` samples long.
  UtteranceSequence finish(std::int64_t count);

 private:
  struct Sound {
    std::string ipa;
    std::vector<Articulation> articulations;  // none: a pause
    std::int64_t start, end, release;         // samples of the utterance
    float loudness = 0;                       // of the loudest vowel of the utterance
  };
  static std::vector<Sound> listen(const Utterance &utterance);
  void pause_until(double seconds);
  void accent(const Sound &sound, double middle);

  const Speaker &speaker_;
  std::uint64_t seed_;
  UtteranceSequence sequence_;
  std::vector<HeardSound> heard_;
};

}  // namespace hyperlips::synth
