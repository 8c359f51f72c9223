// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <variant>

#include "hyperlips/face/types.hpp"

namespace hyperlips::training {

/// Why a stretch of video is of no use for training.
enum class Drop {
  NoPicture,  ///< a hole in the video, or a frame that stands still
  NoFace,
  SeveralFaces,  ///< nobody can tell who speaks
  SmallFace,
  OutsideFrame,  ///< the face is cut off by the frame's edge
  MouthHidden,
  TooShort,
  NoSound,
  LittleSpeech,
  OutOfStep,  ///< the sound does not fit the lips
};

/// As it stands in reports: "no face", ...
const char *to_string(Drop reason);

/// What makes a face usable.
struct FaceRules {
  float min_face = 64;      ///< pixels of the box' shorter side
  float max_other = 0.6f;   ///< size of the second largest face, as a part of the largest one's
  float min_inside = 0.5f;  ///< part of the box that lies inside the frame
};

/// The one usable face among those of a frame (upright size), or why there is none.
std::variant<Face, Drop> usable_face(std::span<const Face> faces, cv::Size frame,
                                     const FaceRules &rules);

}  // namespace hyperlips::training
