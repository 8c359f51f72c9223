// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "synth/head/face_model.hpp"
#include "synth/head/skin.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"
#include "synth/render/procedural_noise.hpp"

namespace hyperlips::synth {

// The skin of a face unrolled into a plane: x along the circumference, 0 in the middle of the face,
// y down as in the face model, both in widths of the face, so that texels are square. Negative x is
// at the left of the picture; `side` -1 (left) or 1 (right) selects the half.

/// The position of landmark `index` of the left half, or its mirror image for `side` 1.
cv::Point2f skin_point(std::uint16_t index, float side = -1);
std::vector<cv::Point2f> skin_points(std::span<const std::uint16_t> indices, float side = -1);

/// A uniform Catmull-Rom spline through `points`, eight line segments between two of them.
std::vector<cv::Point2f> smooth_curve(std::span<const cv::Point2f> points, bool closed);

/// The texels of a texture.
struct SkinGrid {
  explicit SkinGrid(int size);
  int size;
  float texel;  ///< side in widths of the face

  /// The center of a texel.
  cv::Point2f place_of(int x, int y) const {
    return {(static_cast<float>(x) + 0.5f) * texel - (kTextureBottom - kTextureTop) / 2,
            (static_cast<float>(y) + 0.5f) * texel + kTextureTop};
  }
  /// Texel coordinates; integers are centers of texels.
  cv::Point2f texel_of(cv::Point2f place) const;
  /// The bounding box of `points` with a margin, in texels, clipped to the texture.
  cv::Rect around(std::span<const cv::Point2f> points, float margin) const;
  NoisePlane plane() const { return plane({0, 0, size, size}); }
  NoisePlane plane(cv::Rect texels) const;
};

/// Signed distance to a closed outline, negative inside, for the texels of `rect`.
struct OutlineDistance {
  cv::Rect rect;
  cv::Mat distance;  ///< CV_32FC1
};
OutlineDistance distance_to_outline(const SkinGrid &grid, std::span<const cv::Point2f> outline,
                                    float margin);

/// Adds a Gaussian bell at `center` with standard deviations `radius`, rotated by `angle`
/// (radians).
void add_bell(cv::Mat &map, const SkinGrid &grid, cv::Point2f center, cv::Point2f radius,
              float amplitude, float angle = 0);
/// The same on both halves of the face.
void add_bells(cv::Mat &map, const SkinGrid &grid, cv::Point2f center, cv::Point2f radius,
               float amplitude, float angle = 0);

/// Raises `map` to `strength` along a curve; the profile is a bell of standard deviation `width`,
/// and the ends fade.
void draw_furrow(cv::Mat &map, const SkinGrid &grid, std::span<const cv::Point2f> curve,
                 float width, float strength);

/// The maps that the layers of the skin are painted on; all have the same size.
struct SkinCanvas {
  explicit SkinCanvas(int size);
  SkinGrid grid;
  cv::Mat melanin;  ///< CV_32FC1, as Person::melanin
  cv::Mat blood;    ///< CV_32FC1, 1 on average
  cv::Mat albedo;   ///< CV_32FC3 linear B, G, R
  cv::Mat height;   ///< CV_32FC1 in widths of the face
  cv::Mat gloss;    ///< CV_32FC1
};

/// Layers of the skin with random numbers of their own.
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
