// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "synth/speech/passage.hpp"

namespace hyperlips::synth {

/// The passages of a performance, made when they are needed; the last few are kept. Endless speech
/// is cut into passages of ten seconds that depend on seed and place alone, the next one made in
/// the background when one comes to its end, so that live speech does not wait for it. A text is
/// cut into one passage for each sentence, whose places follow from the lengths of those before.
class SpeechTrack {
 public:
  /// Throws as Performance does.
  explicit SpeechTrack(const PerformanceOptions &options);
  SpeechTrack(const SpeechTrack &) = delete;
  SpeechTrack &operator=(const SpeechTrack &) = delete;

  /// The passage that holds sample `sample` of the performance, null before its beginning and after
  /// its end. Valid until the next call.
  const Passage *at(std::int64_t sample);
  /// Samples, none where the speech is endless.
  std::optional<std::int64_t> duration();
  float gain() const { return speaker_.gain; }

 private:
  const Passage *block(std::int64_t number);
  Passage make_up(std::int64_t block) const;
  Passage read_out(std::size_t sentence);
  const Passage *keep(std::int64_t key, Passage passage);
  const Passage *kept(std::int64_t key) const;

  std::uint64_t seed_;
  Speaker speaker_;
  bool endless_;
  std::vector<std::string> sentences_;
  std::vector<std::int64_t> starts_;  // of the sentences made so far and the next one
  std::deque<std::pair<std::int64_t, std::unique_ptr<const Passage>>> kept_;
  std::int64_t ahead_block_ = -1;
  std::future<Passage> ahead_;  // last, so that it ends before what it reads
};

}  // namespace hyperlips::synth
