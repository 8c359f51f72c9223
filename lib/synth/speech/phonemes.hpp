// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <vector>

#include "hyperlips/face/pose.hpp"

namespace hyperlips::synth {

enum class Manner { Vowel, Stop, Nasal, Other };

/// How strongly a sound dominates its neighbors (Cohen and Massaro 1993), 0 ... 2.
struct Dominance {
  float opening = 1;  ///< and jaw
  float width = 1;    ///< and rounding
  float inside = 1;   ///< of lip to teeth, upper lip and tongue
};

/// Number of groups of sounds; those of a group are articulated in the same way.
inline constexpr int kSounds = 40;

/// The target of the mouth for one sound at normal effort.
struct Articulation {
  Viseme viseme = Viseme::Silence;
  Manner manner = Manner::Other;
  bool lips_close = false;  ///< p b m
  bool voiced = true;       ///< of a stop: its closure is voiced
  MouthPose mouth;
  Dominance dominance;
  int sound = 0;  ///< its group, 0 ... kSounds - 1
};

/// The articulations of a phoneme in IPA, in order: one, two for diphthongs and affricates, at most
/// three. Length, stress and other modifiers are ignored; a phoneme without a known symbol gets a
/// weak target that its neighbors dominate.
std::vector<Articulation> articulations_of(std::string_view ipa);

/// The viseme of a phoneme: of an affricate that of its fricative, else that of the first
/// articulation.
Viseme viseme_of(const std::vector<Articulation> &articulations);

}  // namespace hyperlips::synth
