// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "hyperlips/face/types.hpp"
#include "synth/render/mesh.hpp"

namespace hyperlips::synth {

/// Both ears of a face at rest, made of its skin: texture coordinates are those of face_uv().
struct Ears {
  Mesh mesh;                     ///< the first half of the points is the ear at the picture's left
  std::vector<float> occlusion;  ///< of each point, 0 ... 1: light that its hollows keep, 1 is all
};

/// Ears of the seed's size, with its lobes, standing out by 15 ... 40 degrees, nearly alike.
Ears make_ears(std::uint64_t seed, const Landmarks &face);

}  // namespace hyperlips::synth
