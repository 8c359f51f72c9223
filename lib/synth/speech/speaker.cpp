// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/speaker.hpp"

#include <array>
#include <cmath>

#include "hyperlips/error.hpp"
#include "synth/head/skin.hpp"
#include "synth/random_streams.hpp"
#include "synth/speech/sentences.hpp"

namespace hyperlips::synth {
namespace {

void require(const char *name, int value, int low, int high) {
  if (value != -1 && (value < low || value > high))
    throw Error(ErrorKind::Settings, std::string("Invalid ") + name + " " + std::to_string(value) +
                                         ": expected " + std::to_string(low) + " to " +
                                         std::to_string(high) +
                                         ", or -1 to derive it from the seed.");
}

}  // namespace

Speaker speaker_of(const PerformanceOptions &options) {
  require("pitch", options.pitch, 0, 99);
  require("speed", options.speed, 80, 450);
  constexpr std::array kMen = {"m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"};
  constexpr std::array kWomen = {"f1", "f2", "f3", "f4", "f5"};
  Random random(options.seed, kStreamVoice);
  // Drawn even if unused, so that an option does not change the other values.
  const auto languages = sentence_languages();
  const bool english = random.chance(0.3f);
  const std::string_view language =
      languages[static_cast<std::size_t>(random.below(static_cast<int>(languages.size())))];
  const char *man = kMen[static_cast<std::size_t>(random.below(kMen.size()))];
  const char *woman = kWomen[static_cast<std::size_t>(random.below(kWomen.size()))];
  const char *variant = make_person(options.seed).femininity > 0.5f ? woman : man;
  Speaker speaker;
  speaker.voice.pitch = 50 + static_cast<int>(random.uniform(-25, 25));
  speaker.voice.range = 50 + static_cast<int>(random.uniform(-25, 30));
  speaker.voice.speed = 165 + static_cast<int>(random.uniform(-45, 65));
  speaker.gain = std::pow(10.0f, random.uniform(-0.4f, 0.0f));
  speaker.effort = Random(options.seed, kStreamArticulation).uniform(0.7f, 1.3f);

  if (!options.text.empty() || english)
    speaker.voice.language = "en";
  else
    speaker.voice.language = language;
  if (!options.language.empty()) speaker.voice.language = options.language;
  speaker.voice.variant = options.voice.empty() ? variant : options.voice;
  if (options.pitch >= 0) speaker.voice.pitch = options.pitch;
  if (options.speed >= 0) speaker.voice.speed = options.speed;
  return speaker;
}

}  // namespace hyperlips::synth
