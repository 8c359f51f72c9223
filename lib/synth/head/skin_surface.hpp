// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "synth/head/face_model.hpp"
#include "synth/head/skin.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/procedural_noise.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {

// A face's skin unrolled into a plane: x along the circumference, 0 in the middle of the face, y
// down as in the face model, both in widths of the face, so that texels are squares. Features on
// the viewer's left have negative x; `side` -1 or 1 selects the half.

/// The place of landmark `index` of the viewer's left half, or its mirror image for `side` 1.
cv::Point2f skin_point(std::uint16_t index, float side = -1);
std::vector<cv::Point2f> skin_points(std::span<const std::uint16_t> indices, float side = -1);

/// A uniform Catmull-Rom curve through `points`, in eight pieces between two of them.
std::vector<cv::Point2f> smooth_curve(std::span<const cv::Point2f> points, bool closed);

/// The texels of a texture.
struct SkinGrid {
  explicit SkinGrid(int size);
  int size;
  float texel;  ///< side in widths of the face

  /// The middle of a texel.
  cv::Point2f place_of(int x, int y) const {
    return {(static_cast<float>(x) + 0.5f) * texel - (kTextureBottom - kTextureTop) / 2,
            (static_cast<float>(y) + 0.5f) * texel + kTextureTop};
  }
  /// Texel coordinates, whole in the middle of a texel.
  cv::Point2f texel_of(cv::Point2f place) const;
  /// The texels of a box around `points` widened by `margin`, cut to the texture.
  cv::Rect around(std::span<const cv::Point2f> points, float margin) const;
  NoisePlane plane() const { return plane({0, 0, size, size}); }
  NoisePlane plane(cv::Rect texels) const;
};

/// The distance to a closed outline, negative inside, for the texels of `rect`; beyond `rect` it
/// counts as far away.
struct OutlineDistance {
  cv::Rect rect;
  cv::Mat distance;  ///< CV_32FC1
};
OutlineDistance distance_to_outline(const SkinGrid &grid, std::span<const cv::Point2f> outline,
                                    float margin);

/// Adds `amplitude` times a bell with deviations `radius` turned by `angle` around `center`.
void add_bell(cv::Mat &map, const SkinGrid &grid, cv::Point2f center, cv::Point2f radius,
              float amplitude, float angle = 0);
/// The same on both halves of the face.
void add_bells(cv::Mat &map, const SkinGrid &grid, cv::Point2f center, cv::Point2f radius,
               float amplitude, float angle = 0);

/// Raises `map` to `strength` along a curve that is `width` wide (the deviation of its bell) and
/// fades towards both ends.
void draw_furrow(cv::Mat &map, const SkinGrid &grid, std::span<const cv::Point2f> curve,
                 float width, float strength);

/// What a face's surface is made of while it is painted; all maps are square and of one size.
struct SkinCanvas {
  explicit SkinCanvas(int size);
  SkinGrid grid;
  cv::Mat melanin;  ///< CV_32FC1, as Person::melanin
  cv::Mat blood;    ///< CV_32FC1, 1 on average
  cv::Mat albedo;   ///< CV_32FC3 linear B, G, R
  cv::Mat height;   ///< CV_32FC1 in widths of the face
  cv::Mat gloss;    ///< CV_32FC1
};

/// Random numbers of one layer of the skin.
enum class SkinLayer : std::uint64_t {
  Person,
  Tone,
  Albedo,
  Marks,
  Wrinkles,
  Lips,
  MakeUp,
  Brows,
  Beard,
  Grain,
};
inline std::uint64_t layer_seed(std::uint64_t seed, SkinLayer layer) {
  return mix(mix(seed ^ kStreamSkin << 56) + static_cast<std::uint64_t>(layer));
}
inline Random layer_random(std::uint64_t seed, SkinLayer layer) {
  return {layer_seed(seed, layer), kStreamSkin};
}

}  // namespace hyperlips::synth
