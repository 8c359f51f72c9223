// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "hyperlips/face/types.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/mesh.hpp"
#include "synth/render/raster.hpp"

namespace hyperlips::synth {

/// Glasses on a face at rest.
struct Glasses {
  Mesh frame;             ///< rims, bridge, pads and temple arms
  Texture frame_texture;  ///< fourth channel: gloss
  Mesh lenses;            ///< the first half of the points is the left lens in the picture
  Texture lens_texture;   ///< fourth channel: opacity
};

/// The glasses of `seed`: round, oval, rectangular, panto, aviator, cat-eye or half-rimmed, of
/// metal or acetate. None for most seeds, more often for older people. Sizes are chosen.
std::optional<Glasses> make_glasses(std::uint64_t seed, const Person &person,
                                    const Landmarks &face);

}  // namespace hyperlips::synth
