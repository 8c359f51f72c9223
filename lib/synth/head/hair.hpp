// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hyperlips/face/types.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/lighting.hpp"
#include "synth/render/mesh.hpp"
#include "synth/render/raster.hpp"

namespace hyperlips::synth {

/// The hair of one head: layers of strands, drawn with opacity from the skin outwards. (A single
/// hair painted on the skin is a HairStroke.)
struct Hair {
  Mesh mesh;                         ///< empty for a bald head
  std::vector<cv::Point3f> strands;  ///< tangent of the hair at each point, of unit length
  std::vector<float> depth;          ///< of each point: 0 outside ... 1 deep in the hair, darker
  Texture texture;                   ///< fourth channel: opacity
  bool covers_ears = false;          ///< the ears are not visible
  cv::Range dense, fallen;           ///< triangles: opaque ones; those of long hair

  /// The opaque hair, which casts shadows.
  std::span<const Triangle> outside() const { return part(dense); }
  /// Long hair, whose inner side is visible behind the neck.
  std::span<const Triangle> inside() const { return part(fallen); }

 private:
  std::span<const Triangle> part(cv::Range range) const {
    return std::span(mesh.triangles)
        .subspan(static_cast<std::size_t>(range.start), static_cast<std::size_t>(range.size()));
  }
};

/// The hair of `seed`, as it suits the person: none, stubble, short, curly, coily, tied, a bob or
/// long, see HairStyle.
Hair make_hair(std::uint64_t seed, const Person &person, const Landmarks &face);

/// Lights hair with the model of Kajiya and Kay (1989): a highlight across the strands. The
/// strengths are fitted by eye.
void shade_hair(const Lighting &lighting, const Shadows *shadows,
                std::span<const cv::Point3f> normals, std::span<const cv::Point3f> strands,
                std::span<const float> depth, std::span<ScreenVertex> points);

}  // namespace hyperlips::synth
