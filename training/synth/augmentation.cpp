// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/synth/augmentation.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "hyperlips/audio/mel.hpp"
#include "training/synth/spectrum.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

/// One random stream per degradation, so that changing one does not affect the others.
enum Stream : std::uint64_t {
  kStreamClean = 2000,
  kStreamShift,
  kStreamRoom,
  kStreamNoise,
  kStreamMicrophone,
  kStreamBand,
  kStreamCodec,
  kStreamLevel,
};

template <typename Kind, std::size_t kCount>
Kind pick(Random &random, const std::array<Kind, kCount> &kinds) {
  return kinds[static_cast<std::size_t>(random.below(int(kCount)))];
}

/// Log-uniform from 1 / range to range.
float factor(Random &random, float range) {
  return std::exp(random.uniform(-1, 1) * std::log(range));
}

float band_gain(SpeechBand band, float dull_hz, float hz) {
  const auto band_pass = [hz](float low, float high) {
    return low_pass(hz, 0.95f * high, 1.1f * high) * (1 - low_pass(hz, 0.7f * low, low));
  };
  switch (band) {
    case SpeechBand::Telephone:
      return band_pass(300, 3400);
    case SpeechBand::Radio:
      return band_pass(100, 4500);
    case SpeechBand::Dull:
      return low_pass(hz, dull_hz, 1.5f * dull_hz);
    case SpeechBand::Full:
      break;
  }
  return 1;
}

void tilt(std::span<float> samples, float db_per_octave) {
  constexpr float kMiddle = 1000, kLowest = 60;  // Hz
  filter(samples, kMelSampleRate, [&](float hz) {
    return std::pow(10.0f, db_per_octave * std::log2(std::max(hz, kLowest) / kMiddle) / 20);
  });
}

void scale(std::span<float> samples, float gain) {
  for (float &sample : samples) sample *= gain;
}

void clip(std::span<float> samples, float limit) {
  for (float &sample : samples) sample = std::clamp(sample, -limit, limit);
}

float peak(std::span<const float> samples) {
  float highest = 0;
  for (const float sample : samples) highest = std::max(highest, std::abs(sample));
  return highest;
}

/// Scales to a peak of `highest`.
void normalize_peak(std::span<float> samples, float highest = 0.9f) {
  const float loudest = peak(samples);
  if (loudest > 0) scale(samples, highest / loudest);
}

}  // namespace

const char *to_string(SpeechBand band) {
  constexpr const char *kNames[] = {"full", "telephone", "radio", "dull"};
  return kNames[static_cast<int>(band)];
}

SpeechAugmentation draw_augmentation(std::uint64_t seed, float clean_share) {
  SpeechAugmentation drawn;
  drawn.seed = seed;
  Random level(seed, kStreamLevel);
  drawn.level_db = level.uniform(-38, -15);
  if (Random(seed, kStreamClean).chance(clean_share)) return drawn;

  Random shift(seed, kStreamShift);
  if (shift.chance(0.7f)) drawn.voice = {factor(shift, 1.35f), factor(shift, 1.2f)};
  Random room(seed, kStreamRoom);
  if (room.chance(0.5f))
    drawn.room = Room{0.15f * std::pow(7.0f, room.uniform()), room.uniform(-2, 20)};
  Random noise(seed, kStreamNoise);
  if (noise.chance(0.55f)) {
    drawn.noise = pick(noise, std::array{NoiseKind::White, NoiseKind::Pink, NoiseKind::Brown,
                                         NoiseKind::Hum, NoiseKind::Babble});
    drawn.snr_db = noise.uniform(5, 40);
  }
  Random microphone(seed, kStreamMicrophone);
  if (microphone.chance(0.5f)) drawn.tilt_db = microphone.uniform(-3, 3);
  if (microphone.chance(0.15f)) drawn.overdrive_db = microphone.uniform(1, 12);
  Random band(seed, kStreamBand);
  if (band.chance(0.3f)) {
    drawn.band = pick(band, std::array{SpeechBand::Telephone, SpeechBand::Radio, SpeechBand::Dull});
    drawn.dull_hz = band.uniform(2500, 5000);
  }
  Random codec(seed, kStreamCodec);
  if (codec.chance(0.35f)) {
    drawn.codec = pick(
        codec, std::array{SpeechCodec::MuLaw, SpeechCodec::ALaw, SpeechCodec::Adpcm,
                          SpeechCodec::Quantize, SpeechCodec::Transform, SpeechCodec::Transform});
    drawn.codec_quality = codec.uniform();
  }
  return drawn;
}

std::vector<float> augment(std::span<const float> wide, const SpeechAugmentation &augmentation,
                           const Babble &babble) {
  std::vector<float> speech = change_rate(shift_voice(wide, kWideRate, augmentation.voice),
                                          kWideRate, kMelSampleRate, (wide.size() + 1) / 2);
  normalize_peak(speech);
  if (augmentation.room)
    convolve(speech, room_response(*augmentation.room, kMelSampleRate, augmentation.seed));
  if (augmentation.noise == NoiseKind::Babble)
    add_noise(speech, babble(augmentation.seed, speech.size()), kMelSampleRate,
              augmentation.snr_db);
  else if (augmentation.noise != NoiseKind::None)
    add_noise(speech,
              make_noise(augmentation.noise, speech.size(), kMelSampleRate, augmentation.seed),
              kMelSampleRate, augmentation.snr_db);
  if (augmentation.tilt_db != 0) tilt(speech, augmentation.tilt_db);
  if (augmentation.overdrive_db > 0)
    clip(speech, peak(speech) * std::pow(10.0f, -augmentation.overdrive_db / 20));
  if (augmentation.band != SpeechBand::Full)
    filter(speech, kMelSampleRate,
           [&](float hz) { return band_gain(augmentation.band, augmentation.dull_hz, hz); });
  if (augmentation.codec != SpeechCodec::None) {
    normalize_peak(speech);
    code_speech(speech, augmentation.codec, augmentation.codec_quality);
  }
  if (const float level = speech_level(speech, kMelSampleRate); level > 0)
    scale(speech, std::pow(10.0f, augmentation.level_db / 20) / level);
  if (peak(speech) > 1) normalize_peak(speech, 1);
  return speech;
}

nlohmann::json to_json(const SpeechAugmentation &augmentation) {
  const auto rounded = [](float value) { return std::round(double(value) * 1000) / 1000; };
  nlohmann::json json{{"level_db", rounded(augmentation.level_db)}};
  if (augmentation.voice != VoiceShift{})
    json["voice"] = {{"pitch", rounded(augmentation.voice.pitch)},
                     {"formants", rounded(augmentation.voice.formants)}};
  if (augmentation.room)
    json["room"] = {{"decay", rounded(augmentation.room->decay)},
                    {"direct_db", rounded(augmentation.room->direct_db)}};
  if (augmentation.noise != NoiseKind::None)
    json["noise"] = {{"kind", to_string(augmentation.noise)},
                     {"snr_db", rounded(augmentation.snr_db)}};
  if (augmentation.tilt_db != 0) json["tilt_db"] = rounded(augmentation.tilt_db);
  if (augmentation.overdrive_db > 0) json["overdrive_db"] = rounded(augmentation.overdrive_db);
  if (augmentation.band != SpeechBand::Full) json["band"] = to_string(augmentation.band);
  if (augmentation.band == SpeechBand::Dull) json["dull_hz"] = rounded(augmentation.dull_hz);
  if (augmentation.codec != SpeechCodec::None)
    json["codec"] = {{"kind", to_string(augmentation.codec)},
                     {"quality", rounded(augmentation.codec_quality)}};
  return json;
}

}  // namespace hyperlips::training
