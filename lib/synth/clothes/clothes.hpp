// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "synth/head/skin.hpp"
#include "synth/render/mesh.hpp"
#include "synth/render/raster.hpp"

namespace hyperlips::synth {

/// The clothed torso: base of the neck, shoulders, chest and upper arms. It does not move.
struct Clothes {
  Mesh mesh;
  Texture texture;          ///< fourth channel: gloss
  std::vector<float> bare;  ///< of each point: 1 is lit as skin, 0 as cloth
};

/// The clothes of `seed`: T-shirt, V-neck, shirt with or without tie, jacket, hoodie, blouse, roll
/// neck or straps. `skin`: mean albedo of the neck, linear B, G, R.
Clothes make_clothes(std::uint64_t seed, const Person &person, cv::Vec3f skin);

}  // namespace hyperlips::synth
