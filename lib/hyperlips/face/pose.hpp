// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hyperlips {

/// Visemes: the 14 of MPEG-4 Face and Body Animation (ISO/IEC 14496-2), and silence.
enum class Viseme : std::uint8_t {
  Silence,
  PBM,
  FV,
  TH,
  TD,
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
inline constexpr int kVisemes = 15;

/// The name of a viseme, in lower case: "sil", "pbm", "fv", ...
std::string_view name_of(Viseme viseme);

/// State of the mouth. Lengths are in widths of the face.
struct MouthPose {
  float opening = 0;       ///< gap between the inner lips at the middle, 0 ... 0.4
  float jaw = 0;           ///< 0 closed ... 1 fully open (the chin is 0.13 lower)
  float width = 0;         ///< -1 narrowest ... 1 spread
  float rounding = 0;      ///< 0 ... 1 lips protruded
  float press = 0;         ///< 0 ... 1 closed lips pressed together and rolled in (p b m)
  float lip_to_teeth = 0;  ///< 0 ... 1 lower lip touching the upper teeth (f v)
  float upper_raise = 0;   ///< 0 ... 1 upper lip raised, with the upper teeth visible
  float tongue = 0;        ///< 0 at rest ... 1 tip behind the upper teeth
  float tongue_out = 0;    ///< 0 ... 1 tip between the teeth
};

/// The values of a MouthPose in their order, for networks and files.
inline constexpr int kMouthValues = 9;
std::array<float, kMouthValues> values_of(const MouthPose &mouth);

/// State of a face: the animation parameters of the synthetic head, and the ground truth attached
/// to its frames. Angles are in radians, lengths in widths of the face; x is to the right in the
/// picture, y down, z away from the viewer.
struct FacePose {
  MouthPose mouth;
  float blink[2] = {0, 0};       ///< left, right eye in the picture: 0 open ... 1 closed
  float gaze_x = 0, gaze_y = 0;  ///< direction of the eyes relative to the head
  float brow_raise = 0;          ///< -1 lowered ... 1 raised
  float brow_furrow = 0;         ///< 0 ... 1 drawn together
  float smile = 0;               ///< 0 ... 1
  float yaw = 0;                 ///< rotation of the head, positive to the right in the picture
  float pitch = 0;               ///< positive down
  float roll = 0;                ///< positive clockwise
  float head_x = 0, head_y = 0;  ///< offset of the head from its rest position
  float breath = 0;              ///< -1 ... 1 shoulders lowered ... raised
};

}  // namespace hyperlips
