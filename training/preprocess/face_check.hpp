// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <variant>

#include "hyperlips/face/types.hpp"

namespace hyperlips::training {

/// Why a segment of a video is not used for training.
enum class Drop {
  NoPicture,  ///< a gap in the video, or a frozen frame
  NoFace,
  SeveralFaces,  ///< the speaker is ambiguous
  SmallFace,
  OutsideFrame,  ///< the face is cut off by the edge of the frame
  MouthHidden,
  TooShort,
  NoSound,
  LittleSpeech,
  OutOfSync,  ///< the sound does not match the lips
};

/// The text in reports: "no face", ...
const char *to_string(Drop reason);

/// Requirements for a usable face.
struct FaceRules {
  float min_face = 64;      ///< pixels of the shorter side of its box
  float max_other = 0.6f;   ///< size of the second largest face relative to the largest, 0 ... 1
  float min_inside = 0.5f;  ///< fraction of the box inside the frame, 0 ... 1
};

/// The usable face of a frame (upright size), or why there is none.
std::variant<Face, Drop> usable_face(std::span<const Face> faces, cv::Size frame,
                                     const FaceRules &rules);

}  // namespace hyperlips::training
