// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "synth/head/skin.hpp"
#include "synth/render/raster.hpp"
#include "synth/render/mesh.hpp"

namespace hyperlips::synth {

/// Neck base, shoulders, chest and upper arms with what the person wears. They stay still: where
/// the neck comes out of them it does not turn any more.
struct Clothes {
  Mesh mesh;
  Texture texture;          ///< fourth channel: gloss
  std::vector<float> bare;  ///< of each point: 1 takes light as skin, 0 as cloth
};

/// T-shirt, V-neck, shirt with or without a tie, jacket, hoodie, blouse, roll neck or straps by the
/// seed. `skin`: mean albedo of the neck, linear B, G, R.
Clothes make_clothes(std::uint64_t seed, const Person &person, cv::Vec3f skin);

}  // namespace hyperlips::synth
