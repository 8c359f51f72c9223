// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/synth/performance.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "hyperlips/audio/resample.hpp"
#include "hyperlips/error.hpp"
#include "synth/speech/speech_track.hpp"

namespace hyperlips::synth {
namespace {

std::int64_t sample_at(double seconds) {
  constexpr double kFar = 1e15;  // far beyond any performance, exact in double
  return static_cast<std::int64_t>(std::clamp(std::floor(seconds * kSpeechRate), -1.0, kFar));
}

}  // namespace

struct Performance::Impl {
  explicit Impl(const PerformanceOptions &options) : track(options), behavior(options.seed) {}

  /// Calls visit(sequence, its start in seconds) for those between `from` and `to`.
  template <typename Visit>
  void each_sequence(double from, double to, Visit visit) {
    std::int64_t sample = sample_at(std::max(from, 0.0));
    while (seconds_of(sample) < to) {
      const UtteranceSequence *sequence = track.at(sample);
      if (!sequence) return;
      visit(*sequence, seconds_of(sequence->first));
      sample = sequence->first + std::ssize(sequence->samples);
    }
  }

  /// Samples at kSpeechRate, with the speaker's gain.
  void read(std::int64_t first, std::span<float> samples) {
    std::ranges::fill(samples, 0.0f);
    const std::int64_t end = first + std::ssize(samples);
    for (std::int64_t sample = std::max<std::int64_t>(first, 0); sample < end;) {
      const UtteranceSequence *sequence = track.at(sample);
      if (!sequence) return;
      const std::int64_t until = std::min(end, sequence->first + std::ssize(sequence->samples));
      for (; sample < until; ++sample)
        samples[static_cast<std::size_t>(sample - first)] =
            track.gain() / 32768 *
            sequence->samples[static_cast<std::size_t>(sample - sequence->first)];
    }
  }

  SpeechTrack track;
  Behavior behavior;
  int rate = kSpeechRate;
  std::optional<Resampler> resampler;  // to `rate`
  std::vector<float> input;
};

Performance::Performance(PerformanceOptions options) : impl_(std::make_unique<Impl>(options)) {}
Performance::~Performance() = default;
Performance::Performance(Performance &&) noexcept = default;
Performance &Performance::operator=(Performance &&) noexcept = default;

std::optional<double> Performance::duration() {
  const auto samples = impl_->track.duration();
  if (!samples) return std::nullopt;
  return seconds_of(*samples);
}

FacePose Performance::pose(double seconds) {
  const UtteranceSequence *sequence = impl_->track.at(sample_at(seconds));
  if (!sequence) return impl_->behavior.pose(seconds, {});
  const double inside = seconds - seconds_of(sequence->first);
  // Behavior counts from the beginning of the performance.
  std::array<Accent, 4> near;
  std::size_t count = 0;
  const auto first = std::ranges::lower_bound(sequence->accents, inside - Behavior::kAccentReach,
                                              {}, &Accent::seconds);
  for (auto accent = first; accent != sequence->accents.end() && count < near.size() &&
                            accent->seconds < inside + Behavior::kAccentReach;
       ++accent)
    near[count++] = {accent->seconds + seconds_of(sequence->first), accent->strength};
  FacePose pose = impl_->behavior.pose(seconds, std::span(near).first(count));
  pose.mouth = sequence->mouth.pose(inside);
  return pose;
}

void Performance::sound(std::int64_t first, int rate, std::span<float> samples) {
  if (rate < 8000 || rate > 192000)
    throw Error(ErrorKind::Settings,
                "Invalid sample rate " + std::to_string(rate) + " Hz: expected 8000 to 192000 Hz.");
  if (samples.empty()) return;
  if (rate == kSpeechRate) return impl_->read(first, samples);
  if (!impl_->resampler || impl_->rate != rate) {
    impl_->resampler.emplace(kSpeechRate, rate);
    impl_->rate = rate;
  }
  const auto range = impl_->resampler->input_for(first, std::ssize(samples));
  impl_->input.resize(static_cast<std::size_t>(range.count));
  impl_->read(range.first, impl_->input);
  impl_->resampler->resample(impl_->input, first, samples);
  for (float &sample : samples) sample = std::clamp(sample, -1.0f, 1.0f);
}

std::vector<Phoneme> Performance::phonemes(double from, double to) {
  std::vector<Phoneme> found;
  impl_->each_sequence(from, to, [&](const UtteranceSequence &sequence, double start) {
    for (Phoneme phoneme : sequence.phonemes) {
      phoneme.start += start;
      phoneme.end += start;
      phoneme.release += start;
      if (phoneme.end <= from || phoneme.start >= to) continue;
      const bool continues = !found.empty() && phoneme.viseme == Viseme::Silence &&
                             found.back().viseme == Viseme::Silence;
      if (continues)
        found.back().end = phoneme.end;
      else
        found.push_back(std::move(phoneme));
    }
  });
  return found;
}

std::string Performance::text(double from, double to) {
  std::string text;
  impl_->each_sequence(from, to, [&](const UtteranceSequence &sequence, double start) {
    for (const UtteranceSequence::Sentence &sentence : sequence.sentences) {
      if (start + sentence.end <= from || start + sentence.start >= to) continue;
      if (!text.empty()) text += ' ';
      text += sentence.text;
    }
  });
  return text;
}

}  // namespace hyperlips::synth
