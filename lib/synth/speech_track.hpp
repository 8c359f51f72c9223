// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "synth/passage.hpp"

namespace hyperlips::synth {

/// The passages of a performance, made when they are needed; the last few are kept. Endless speech
/// is cut into passages of ten seconds that depend on seed and place alone, a text into one passage
/// for each sentence, whose places follow from the lengths of those before.
class SpeechTrack {
 public:
  /// Throws Error{Settings} as Performance does.
  explicit SpeechTrack(const PerformanceOptions &options);

  /// The passage that holds sample `sample` of the performance, null before its beginning and after
  /// its end. Valid until the next call.
  const Passage *at(std::int64_t sample);
  /// Samples, none where the speech is endless.
  std::optional<std::int64_t> duration();
  float gain() const { return speaker_.gain; }

 private:
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
};

}  // namespace hyperlips::synth
