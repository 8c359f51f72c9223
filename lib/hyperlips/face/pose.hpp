// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace hyperlips {

/// What the mouth shows, the fourteen visemes of MPEG-4 (ISO/IEC 14496-2, FBA) and silence.
enum class Viseme : std::uint8_t {
  Silence,
  PBM,
  FV,
  TH,
  TD,  ///< and n, l has its own tongue but the same lips
  KG,
  CHSH,
  SZ,
  NL,
  R,
  A,
  E,
  I,
  O,
  U,
};

/// "sil", "pbm", "fv", ...
std::string_view name_of(Viseme viseme);

/// The mouth at one moment. Lengths are in widths of the face.
struct MouthPose {
  float opening = 0;       ///< gap between the inner lips at the middle, 0 ... 0.4
  float jaw = 0;           ///< 0 closed ... 1 as far as it drops (the chin sinks by 0.13)
  float width = 0;         ///< of the mouth: -1 narrowest ... 1 spread
  float rounding = 0;      ///< 0 ... 1: lips pushed forward
  float press = 0;         ///< 0 ... 1: closed lips pressed together and rolled in (p b m)
  float lip_to_teeth = 0;  ///< 0 ... 1: lower lip under the upper teeth (f v)
  float upper_raise = 0;   ///< 0 ... 1: upper lip raised so that upper teeth show
  float tongue = 0;        ///< 0 at rest ... 1 tip behind the upper teeth
  float tongue_out = 0;    ///< 0 ... 1: tip between the teeth
};

/// Everything of a face that moves, at one moment. Angles are in radians, lengths in widths of the
/// face; x to the right of the picture, y down, z away from the viewer.
struct FacePose {
  MouthPose mouth;
  float blink[2] = {0, 0};       ///< left, right eye in the picture: 0 open ... 1 closed
  float gaze_x = 0, gaze_y = 0;  ///< relative to the head
  float brow_raise = 0;          ///< -1 lowered ... 1 raised
  float brow_furrow = 0;         ///< 0 ... 1 drawn together
  float smile = 0;               ///< 0 ... 1
  float yaw = 0, pitch = 0,
        roll = 0;                ///< positive: turns to the picture's right, looks down, clockwise
  float head_x = 0, head_y = 0;  ///< of the head against its resting place
  float breath = 0;              ///< -1 ... 1: the shoulders rise and sink
};

}  // namespace hyperlips
