// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

#include "synth/head/skin.hpp"

namespace hyperlips::synth {

/// The direction of combing.
enum class Combed { Forward, Back, Parted, Up, Tied };

/// Cut and combing of the hair of one head. Angles are in radians at the center of the skull,
/// lengths in widths of the face.
struct HairStyle {
  bool bald = false;  ///< no hair at all
  Combed combed = Combed::Forward;
  float top_length = 0.3f, side_length = 0.15f;   ///< of strands, angles
  float top_volume = 0.06f, side_volume = 0.03f;  ///< over the skin
  float forehead = 0.12f;   ///< angle from the top landmark of FaceMesh up to the hair
  float recession = 0;      ///< of the temples, angle
  float crown = 0;          ///< 0 ... 1: how bald the top is
  float sideburns = 1.75f;  ///< their end, angle from the crown
  float density = 1;        ///< below 0.9 the skin is visible
  float sides = 1;          ///< density over the ears
  float curl = 0;           ///< 0 straight ... 1 coils
  float mess = 0.2f;        ///< 0 neat ... 1
  float parting = 0;        ///< angle from the middle
  float fringe = 0;         ///< how far hair hangs over the forehead, angle
  float sweep = 0;          ///< of the fringe to the side, -1 ... 1
  float length = 0;         ///< y of the tips of long hair; 0: short hair
  float curtain = 1.2f;     ///< angle from the front where long hair begins
  float to_front = 0;       ///< 0 long hair behind the shoulders ... 1 before them
  bool bun = false;         ///< on the head of tied hair
};

/// The hair style of `seed`, as it suits a person. Frequencies are chosen.
HairStyle make_hair_style(std::uint64_t seed, const Person &person);

}  // namespace hyperlips::synth
