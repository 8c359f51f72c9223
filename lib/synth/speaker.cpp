// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speaker.hpp"

#include <array>
#include <cmath>

#include "error.hpp"
#include "synth/random.hpp"
#include "synth/sentences.hpp"

namespace hyperlips::synth {
namespace {

void require(const char *name, int value, int low, int high) {
  if (value != -1 && (value < low || value > high))
    throw Error(ErrorKind::Settings, std::string(name) + " is " + std::to_string(value) +
                                         ": expected " + std::to_string(low) + " ... " +
                                         std::to_string(high) + ", or -1 for one by the seed.");
}

}  // namespace

Speaker speaker_of(const PerformanceOptions &options) {
  require("pitch", options.pitch, 0, 99);
  require("speed", options.speed, 80, 450);
  constexpr std::array kVariants = {"m1", "m2", "m3", "m4", "m5", "m6", "m7",
                                    "m8", "f1", "f2", "f3", "f4", "f5"};
  Random random(options.seed, kStreamVoice);
  // Drawn whether used or not, so that one option leaves the others as they are.
  const auto languages = sentence_languages();
  const bool english = random.chance(0.3f);
  const std::string_view language =
      languages[static_cast<std::size_t>(random.below(static_cast<int>(languages.size())))];
  const char *variant = kVariants[static_cast<std::size_t>(random.below(kVariants.size()))];
  Speaker speaker;
  speaker.voice.pitch = 50 + static_cast<int>(random.uniform(-25, 25));
  speaker.voice.range = 50 + static_cast<int>(random.uniform(-25, 30));
  speaker.voice.speed = 165 + static_cast<int>(random.uniform(-45, 65));
  speaker.gain = std::pow(10.0f, random.uniform(-0.6f, 0.0f));
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
