// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "hyperlips/face/types.hpp"
#include "synth/render/mesh.hpp"

namespace hyperlips::synth {

/// Both ears of a face at rest. Their texture is that of the skin, see face_uv().
struct Ears {
  Mesh mesh;                     ///< the first half of the points is the ear at the picture's left
  std::vector<float> occlusion;  ///< of each point: 0 fully occluded ... 1 unoccluded
};

/// Ears of random size, lobes and angle to the head (15 ... 40 degrees), nearly symmetric. The
/// relief is modeled by eye.
Ears make_ears(std::uint64_t seed, const Landmarks &face);

}  // namespace hyperlips::synth
