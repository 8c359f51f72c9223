// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/talk/spoken_clip.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/synth/performance.hpp"
#include "synth/speech/speaker.hpp"
#include "training/synth/augmentation.hpp"
#include "training/synth/babble.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

constexpr std::uint64_t kStreamLanguage = 2000;
constexpr float kCleanShare = 0.1f;  // of the degraded versions

std::vector<SpokenClip::HalfColumn> spectrogram(const std::vector<float> &samples,
                                                std::size_t columns) {
  std::vector<SpokenClip::HalfColumn> halves;
  for (const MelColumn &column : mel_spectrogram(samples)) {
    if (halves.size() == columns) break;
    std::ranges::transform(column, halves.emplace_back().begin(), float_to_half);
  }
  return halves;
}

/// Visemes and sounds of the columns.
void label(SpokenClip &clip, synth::Performance &performance, double seconds, std::size_t columns) {
  clip.visemes.assign(columns, static_cast<std::uint8_t>(Viseme::Silence));
  clip.sounds.assign(columns, SpokenClip::kSilentSound);
  const auto fill = [&](std::vector<std::uint8_t> &labels, double from, double to, int label) {
    const auto column = [&](double at) {
      return std::clamp<std::int64_t>(std::llround(at * kMelRate), 0,
                                      static_cast<std::int64_t>(columns));
    };
    std::fill(labels.begin() + column(from), labels.begin() + column(to),
              static_cast<std::uint8_t>(label));
  };
  for (const synth::Phoneme &phoneme : performance.phonemes(0, seconds)) {
    if (phoneme.viseme == Viseme::Silence) continue;
    fill(clip.visemes, phoneme.start, phoneme.end, static_cast<int>(phoneme.viseme));
    const auto articulations = synth::articulations_of(phoneme.name);
    const double each = (phoneme.end - phoneme.start) / static_cast<double>(articulations.size());
    double start = phoneme.start;
    for (const synth::Articulation &articulation : articulations) {
      fill(clip.sounds, start, start + each, articulation.sound);
      start += each;
    }
  }
}

}  // namespace

SpokenClip make_spoken_clip(const SpokenClipOptions &options, std::uint64_t number) {
  synth::PerformanceOptions speech;
  speech.seed = mix(mix(options.seed) + number);
  if (!options.languages.empty())
    speech.language = options.languages[static_cast<std::size_t>(
        Random(speech.seed, kStreamLanguage).below(static_cast<int>(options.languages.size())))];
  SpokenClip clip;
  clip.language = synth::speaker_of(speech).voice.language;
  synth::Performance performance(speech);
  const auto columns = static_cast<std::size_t>(options.seconds * kMelRate);
  std::vector<float> samples(columns * kMelHop);
  performance.sound(0, kMelSampleRate, samples);
  clip.clean = spectrogram(samples, columns);
  samples.resize(columns * kMelHop * (kWideRate / kMelSampleRate));
  performance.sound(0, kWideRate, samples);
  const auto noise = [&](std::uint64_t seed, std::size_t count) {
    return babble(clip.language, seed, count);
  };
  clip.degraded =
      spectrogram(augment(samples, draw_augmentation(speech.seed, kCleanShare), noise), columns);
  for (std::size_t i = 0; i < columns; ++i)
    clip.mouths.push_back(
        values_of(performance.pose((static_cast<double>(i) + 0.5) / kMelRate).mouth));
  label(clip, performance, options.seconds, columns);
  return clip;
}

}  // namespace hyperlips::training
