// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "face/types.hpp"
#include "synth/lighting.hpp"
#include "synth/raster.hpp"
#include "synth/skin.hpp"
#include "synth/surface.hpp"

namespace hyperlips::synth {

/// Hair of one head: layers of strands, from the inner to the outer, drawn with opacity.
struct Hair {
  Surface surface;                   ///< empty for a bald head; v runs from the root to the tip
  std::vector<cv::Point3f> strands;  ///< direction of the hair at each point, of unit length
  std::vector<float> depth;          ///< 0 outside ... 1 deep in the hair, per point: how dark
  Texture texture;                   ///< fourth channel: opacity
  std::size_t layer_triangles = 0;   ///< of each layer

  /// The outermost layer, which casts shadows.
  std::span<const Triangle> outside() const {
    return std::span(surface.triangles).first(layer_triangles);
  }
  /// The innermost layer, whose inner side is seen behind the neck.
  std::span<const Triangle> inside() const {
    return std::span(surface.triangles).last(layer_triangles);
  }
};

/// Cropped, short, curly, a bob, long or none, with the hairline, parting and fringe of the seed.
Hair make_hair(std::uint64_t seed, const Person &person, const Landmarks &face);

/// Light on hair: a highlight runs across the strands (Kajiya and Kay 1989).
void shade_hair(const Lighting &lighting, const Shadows *shadows,
                std::span<const cv::Point3f> normals, std::span<const cv::Point3f> strands,
                std::span<const float> depth, std::span<ScreenPoint> points);

}  // namespace hyperlips::synth
