// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "hyperlips/face/types.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/raster.hpp"
#include "synth/render/mesh.hpp"

namespace hyperlips::synth {

/// Spectacles on a face at rest.
struct Glasses {
  Mesh frame;             ///< rims, bridge, pads and temple arms
  Texture frame_texture;  ///< fourth channel: gloss
  Mesh lenses;            ///< the first half of the points is the lens at the picture's left
  Texture lens_texture;   ///< fourth channel: opacity
};

/// The seed's glasses: round, oval, rectangular, aviator, cat-eye or half-rimmed, of metal or
/// acetate. None for most seeds; the older the person, the more often there are some.
std::optional<Glasses> make_glasses(std::uint64_t seed, const Person &person,
                                    const Landmarks &face);

}  // namespace hyperlips::synth
