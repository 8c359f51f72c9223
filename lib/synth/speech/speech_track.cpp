// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/speech_track.hpp"

#include <algorithm>

#include "synth/random_streams.hpp"
#include "synth/speech/sentences.hpp"
#include "synth/speech/split_text.hpp"

namespace hyperlips::synth {
namespace {

constexpr std::size_t kKept = 4;

constexpr std::int64_t kBlock = samples_of(10);
constexpr std::int64_t kLookahead = samples_of(1);
constexpr std::int64_t kRest =
    samples_of(0.45);  // at both ends of a sequence, so that the mouth settles
constexpr std::int64_t kShortestRest =
    samples_of(1.2);  // of a block that can hold another sentence

/// The random numbers of one sequence.
Random sequence_random(std::uint64_t seed, std::int64_t sequence) {
  return Random(mix(seed) + kStreamText, static_cast<std::uint64_t>(sequence));
}

bool speaks(const Utterance &utterance) {
  return std::ranges::any_of(utterance.marks, [](const auto &mark) { return !mark.ipa.empty(); });
}

}  // namespace

SpeechTrack::SpeechTrack(const PerformanceOptions &options)
    : seed_(options.seed), speaker_(speaker_of(options)), endless_(options.text.empty()) {
  if (!endless_) {
    sentences_ = split_sentences(options.text);
    if (sentences_.empty()) sentences_.emplace_back();
    starts_.push_back(0);
  }
  say(speaker_.voice, "");  // throws if there is no such voice
}

const UtteranceSequence *SpeechTrack::kept(std::int64_t key) const {
  const auto found = std::ranges::find(kept_, key, [](const auto &each) { return each.first; });
  return found == kept_.end() ? nullptr : found->second.get();
}

const UtteranceSequence *SpeechTrack::keep(std::int64_t key, UtteranceSequence sequence) {
  if (kept_.size() == kKept) kept_.pop_front();
  kept_.emplace_back(key, std::make_unique<const UtteranceSequence>(std::move(sequence)));
  return kept_.back().second.get();
}

UtteranceSequence SpeechTrack::synthesize_block(std::int64_t block) const {
  Random random = sequence_random(seed_, block);
  UtteranceSequenceBuilder builder(speaker_, random.bits());
  std::int64_t at = kRest + samples_of(random.uniform(0, 0.4f));
  double samples_per_byte = 0;  // of the sentence before
  std::vector<std::string> said;
  for (int misses = 0; misses < 3 && kBlock - kRest - at > kShortestRest;) {
    const std::int64_t left = kBlock - kRest - at;
    const auto length =
        misses > 0 || left < samples_of(3) ? SentenceLength::Short : SentenceLength::Any;
    const std::string sentence = random_sentence(speaker_.voice.language, length, random);
    if (std::ranges::find(said, sentence) != said.end()) continue;
    const double expected = samples_per_byte * static_cast<double>(sentence.size());
    const Utterance utterance =
        expected > 1.3 * static_cast<double>(left) ? Utterance() : say(speaker_.voice, sentence);
    const auto count = std::ssize(utterance.samples);
    if (count == 0 || count > left) {
      ++misses;
      continue;
    }
    samples_per_byte = static_cast<double>(count) / static_cast<double>(sentence.size());
    said.push_back(sentence);
    builder.add(utterance, at, sentence);
    const float pause = random.uniform(0.55f, 1);
    at += count + samples_of(1.4 * pause * pause * pause);
  }
  UtteranceSequence sequence = builder.finish(kBlock);
  sequence.first = block * kBlock;
  return sequence;
}

UtteranceSequence SpeechTrack::synthesize_sentence(std::size_t sentence) {
  Random random = sequence_random(seed_, static_cast<std::int64_t>(sentence));
  UtteranceSequenceBuilder builder(speaker_, random.bits());
  const Utterance utterance = say(speaker_.voice, sentences_[sentence]);
  std::int64_t at = kRest;
  if (speaks(utterance)) {
    builder.add(utterance, at, sentences_[sentence]);
    at += std::ssize(utterance.samples);
  }
  UtteranceSequence sequence = builder.finish(at + kRest + samples_of(random.uniform(0, 0.35f)));
  sequence.first = starts_[sentence];
  return sequence;
}

const UtteranceSequence *SpeechTrack::block(std::int64_t number) {
  if (const UtteranceSequence *sequence = kept(number)) return sequence;
  if (number != next_block_) return keep(number, synthesize_block(number));
  next_block_ = -1;
  return keep(number, next_.get());
}

const UtteranceSequence *SpeechTrack::at(std::int64_t sample) {
  if (sample < 0) return nullptr;
  if (endless_) {
    const std::int64_t next = sample / kBlock + 1;
    if (next * kBlock - sample < kLookahead && !kept(next) && next_block_ != next) {
      next_ = std::async(std::launch::async, [this, next] { return synthesize_block(next); });
      next_block_ = next;
    }
    return block(next - 1);
  }
  while (starts_.back() <= sample && starts_.size() <= sentences_.size()) {
    const std::size_t sentence = starts_.size() - 1;
    const UtteranceSequence *sequence =
        keep(static_cast<std::int64_t>(sentence), synthesize_sentence(sentence));
    starts_.push_back(sequence->first + std::ssize(sequence->samples));
  }
  if (sample >= starts_.back()) return nullptr;
  const auto next = std::ranges::upper_bound(starts_, sample);
  const auto sentence = static_cast<std::size_t>(next - starts_.begin() - 1);
  const UtteranceSequence *sequence = kept(static_cast<std::int64_t>(sentence));
  return sequence ? sequence
                  : keep(static_cast<std::int64_t>(sentence), synthesize_sentence(sentence));
}

std::optional<std::int64_t> SpeechTrack::duration() {
  if (endless_) return std::nullopt;
  while (starts_.size() <= sentences_.size()) at(starts_.back());
  return starts_.back();
}

}  // namespace hyperlips::synth
