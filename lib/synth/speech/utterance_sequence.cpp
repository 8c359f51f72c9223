// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/utterance_sequence.hpp"

#include <algorithm>
#include <cmath>

#include "synth/speech/closure_finder.hpp"
#include "util/random.hpp"

namespace hyperlips::synth {
namespace {

constexpr std::int64_t kAround = samples_of(0.003);  // accuracy of the marks
constexpr std::int64_t kShortest = samples_of(0.01);
constexpr double kAccentGap = 0.45;  // s between accents
// How much a vowel of no length is reduced, and the length in s at which that falls to 1 / e
// (measured on people, docs/models/speech-to-mouth.md).
constexpr float kReduction = 0.7f, kReducedLength = 0.06f;

}  // namespace

/// Marks of espeak-ng are where sounds begin, except that the mark of a stop is after its silence
/// and that of a vowel after a nasal is inside the vowel. Both are moved to where the mouth moves.
std::vector<UtteranceSequenceBuilder::Sound> UtteranceSequenceBuilder::listen(
    const Utterance &utterance) {
  const ClosureFinder finder(utterance.samples);
  const auto total = std::ssize(utterance.samples);
  std::vector<Sound> sounds;
  for (const auto &mark : utterance.marks) {
    const std::int64_t start = std::min<std::int64_t>(mark.sample, total);
    if (mark.ipa.starts_with('(')) continue;  // "(en)": another language begins
    if (mark.ipa.empty() && !sounds.empty() && sounds.back().articulations.empty()) continue;
    sounds.push_back({mark.ipa,
                      mark.ipa.empty() ? std::vector<Articulation>() : articulations_of(mark.ipa),
                      start, total, start});
  }
  auto manner = [&](std::size_t i) {
    return i >= sounds.size() || sounds[i].articulations.empty()
               ? Manner::Other
               : sounds[i].articulations.front().manner;
  };
  float loudest = 1e-6f;
  for (std::size_t i = 0; i < sounds.size(); ++i) {
    Sound &sound = sounds[i];
    const std::int64_t next = i + 1 < sounds.size() ? sounds[i + 1].start : total;
    if (manner(i) == Manner::Stop) {
      const bool voiced = sound.articulations.front().voiced;
      const std::int64_t last = voiced ? next : std::min(next, sound.start + 5 * kAround);
      sound.release = finder.release(sound.start - kAround, last).value_or(sound.start);
      if (i > 0) {
        const std::int64_t least = std::max(sounds[i - 1].start + kShortest, sounds[i - 1].release);
        const std::int64_t silence =
            finder.silence_before(sound.start, std::min(least, sound.start));
        sound.start = std::min(silence, sound.release);
      }
    } else if (manner(i) == Manner::Nasal) {
      sound.release = next;
      if (manner(i + 1) == Manner::Vowel) {
        sound.release = finder.release(sound.start + kShortest, next + kAround).value_or(next);
        sounds[i + 1].start = sound.release;
        sounds[i + 1].release = sound.release;
      }
    } else if (manner(i) == Manner::Vowel) {
      sound.loudness = finder.loudness(sound.start, next);
      loudest = std::max(loudest, sound.loudness);
    }
  }
  for (std::size_t i = 0; i < sounds.size(); ++i) {
    sounds[i].end = i + 1 < sounds.size() ? sounds[i + 1].start : total;
    sounds[i].loudness /= loudest;
    sounds[i].release = std::min(sounds[i].release, sounds[i].end);
  }
  return sounds;
}

void UtteranceSequenceBuilder::pause_until(double seconds) {
  const double start = sequence_.phonemes.empty() ? 0 : sequence_.phonemes.back().end;
  if (seconds <= start) return;
  if (!sequence_.phonemes.empty() && sequence_.phonemes.back().viseme == Viseme::Silence) {
    sequence_.phonemes.back().end = seconds;
    heard_.back().end = seconds;
    return;
  }
  sequence_.phonemes.push_back({"", Viseme::Silence, start, seconds, start});
  heard_.push_back({{}, start, seconds, start, 1});
}

void UtteranceSequenceBuilder::accent(const Sound &sound, double middle) {
  const double last = sequence_.accents.empty() ? -1 : sequence_.accents.back().seconds;
  if (sound.loudness < 0.7f || sound.end - sound.start < samples_of(0.06) ||
      middle - last < kAccentGap)
    return;
  Random random(seed_, static_cast<std::uint64_t>(sound.start) + sequence_.accents.size());
  if (random.chance(0.55f)) sequence_.accents.push_back({middle, random.uniform(0.3f, 1)});
}

void UtteranceSequenceBuilder::add(const Utterance &utterance, std::int64_t at, std::string text) {
  sequence_.samples.resize(static_cast<std::size_t>(at));
  sequence_.samples.insert(sequence_.samples.end(), utterance.samples.begin(),
                           utterance.samples.end());
  const double from = seconds_of(at);
  for (const Sound &sound : listen(utterance)) {
    const double start = from + seconds_of(sound.start), end = from + seconds_of(sound.end);
    if (sound.articulations.empty()) {
      pause_until(end);
      continue;
    }
    pause_until(start);
    const double release = from + seconds_of(sound.release);
    sequence_.phonemes.push_back({sound.ipa, viseme_of(sound.articulations), start, end, release});
    float effort = speaker_.effort;
    if (sound.articulations.front().manner == Manner::Vowel) {
      effort *= 0.8f + 0.35f * sound.loudness;
      effort *= 1 - kReduction * std::exp(static_cast<float>(start - end) / kReducedLength);
      accent(sound, (start + end) / 2);
    }
    heard_.push_back({sound.articulations, start, end, release, effort});
  }
  if (!text.empty())
    sequence_.sentences.push_back(
        {from, from + seconds_of(std::ssize(utterance.samples)), std::move(text)});
}

UtteranceSequence UtteranceSequenceBuilder::finish(std::int64_t count) {
  sequence_.samples.resize(static_cast<std::size_t>(count));
  pause_until(seconds_of(count));
  sequence_.mouth = MouthMotion(heard_);
  return std::move(sequence_);
}

}  // namespace hyperlips::synth
