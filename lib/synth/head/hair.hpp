// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hyperlips/face/types.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/lighting.hpp"
#include "synth/render/raster.hpp"
#include "synth/render/mesh.hpp"

namespace hyperlips::synth {

/// Hair of one head: layers of strands, drawn with opacity from the skin outwards.
struct Hair {
  Mesh mesh;                         ///< empty for a bald head
  std::vector<cv::Point3f> strands;  ///< direction of the hair at each point, of unit length
  std::vector<float> depth;          ///< 0 outside ... 1 deep in the hair, per point: how dark
  Texture texture;                   ///< fourth channel: opacity
  bool covers_ears = false;          ///< hair hangs over them
  cv::Range dense, fallen;           ///< triangles that hide what is behind; those of falling hair

  /// The dense hair, which casts shadows.
  std::span<const Triangle> outside() const { return part(dense); }
  /// Falling hair, whose inner side is seen behind the neck.
  std::span<const Triangle> inside() const { return part(fallen); }

 private:
  std::span<const Triangle> part(cv::Range range) const {
    return std::span(mesh.triangles)
        .subspan(static_cast<std::size_t>(range.start), static_cast<std::size_t>(range.size()));
  }
};

/// Stubble, short, curly, coily, tied, a bob, long or none, with the hairline, parting and fringe
/// of the seed, as it suits the person.
Hair make_hair(std::uint64_t seed, const Person &person, const Landmarks &face);

/// Light on hair: a highlight runs across the strands (Kajiya and Kay 1989).
void shade_hair(const Lighting &lighting, const Shadows *shadows,
                std::span<const cv::Point3f> normals, std::span<const cv::Point3f> strands,
                std::span<const float> depth, std::span<ScreenVertex> points);

}  // namespace hyperlips::synth
