// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "synth/speech/utterance_sequence.hpp"

namespace hyperlips::synth {

/// The utterance sequences of a performance, synthesized on demand; the last few are cached.
/// Endless speech is a series of sequences of ten seconds that depend on seed and index alone; the
/// next one is synthesized in the background before the current one ends, so that live speech does
/// not wait for it. A text has one sequence for each sentence, each after the end of the one
/// before.
class SpeechTrack {
 public:
  /// Throws as Performance does.
  explicit SpeechTrack(const PerformanceOptions &options);
  SpeechTrack(const SpeechTrack &) = delete;
  SpeechTrack &operator=(const SpeechTrack &) = delete;

  /// The sequence that contains sample `sample` of the performance, null before its beginning and
  /// after its end. Valid until the next call.
  const UtteranceSequence *at(std::int64_t sample);
  /// In samples; none if the speech is endless.
  std::optional<std::int64_t> duration();
  float gain() const { return speaker_.gain; }

 private:
  const UtteranceSequence *block(std::int64_t number);
  UtteranceSequence synthesize_block(std::int64_t block) const;
  UtteranceSequence synthesize_sentence(std::size_t sentence);
  const UtteranceSequence *keep(std::int64_t key, UtteranceSequence sequence);
  const UtteranceSequence *kept(std::int64_t key) const;

  std::uint64_t seed_;
  Speaker speaker_;
  bool endless_;
  std::vector<std::string> sentences_;
  std::vector<std::int64_t> starts_;  // of the sentences made so far and the next one
  std::deque<std::pair<std::int64_t, std::unique_ptr<const UtteranceSequence>>> kept_;
  std::int64_t next_block_ = -1;
  std::future<UtteranceSequence> next_;  // last, so that it ends before what it reads
};

}  // namespace hyperlips::synth
