// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "training/preprocess/face_clip.hpp"

namespace hyperlips::training {

/// The mel windows of a clip's frames at the frames' own times, as inference looks them up:
/// (frames, 80, 16) row-major.
std::vector<float> mel_windows(const FaceClip &clip);

}  // namespace hyperlips::training
