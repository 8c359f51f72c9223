// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <vector>

#include "hyperlips/face/pose.hpp"

namespace hyperlips::synth {

enum class Manner { Vowel, Stop, Nasal, Other };

/// How strongly a sound insists on its target against its neighbors, 0 ... 1.
struct Dominance {
  float opening = 1;  ///< and jaw
  float width = 1;    ///< and rounding
  float inside = 1;   ///< lip to teeth, upper lip, tongue
};

/// What a mouth does for one sound at normal effort.
struct Articulation {
  Viseme viseme = Viseme::Silence;
  Manner manner = Manner::Other;
  bool lips_close = false;  ///< p b m
  bool voiced = true;       ///< of a stop: its closure murmurs
  MouthPose mouth;
  Dominance dominance;
};

/// The articulations that a phoneme in IPA goes through: one, two for diphthongs and affricates, at
/// most three. Length, stress and other modifiers are passed over; a phoneme without a known symbol
/// takes the mouth as its neighbors leave it.
std::vector<Articulation> articulations_of(std::string_view ipa);

/// The viseme that stands for them all: of an affricate its friction, else of the first.
Viseme viseme_of(const std::vector<Articulation> &articulations);

}  // namespace hyperlips::synth
