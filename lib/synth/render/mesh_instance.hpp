// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "synth/render/camera.hpp"
#include "synth/render/lighting.hpp"
#include "synth/render/mesh.hpp"
#include "synth/render/raster.hpp"

namespace hyperlips::synth {

/// A mesh with the positions, normals and light that it has in one frame. The triangles, the
/// texture, the material and the shadows are referenced and must outlive it.
///
/// In each frame: set `points`, call show(), then draw_rows() for every band of rows.
struct MeshInstance {
  std::span<const Triangle> triangles;
  const Texture *texture = nullptr;
  const Material *material = nullptr;  ///< null: the owner sets the light of the vertices
  const Shadows *shadows = nullptr;    ///< null: no shadows
  Blending blending = Blending::Opaque;
  bool both_sides = false;                   ///< no backface culling
  std::span<const Triangle> inside;          ///< triangles drawn in addition, without culling
  std::vector<cv::Point3f> points, normals;  ///< in widths of the face; normals of unit length
  std::vector<ScreenVertex> vertices;        ///< projected, lit

  /// An instance with one vertex per texture coordinate; its points are zero.
  MeshInstance(std::span<const cv::Point2f> uv, std::span<const Triangle> all, const Texture &image,
               const Material *kind);

  /// Computes normals, light and screen positions from `points`.
  void show(const Lighting &lighting, const View &view);
  /// Computes screen positions alone and culls the triangles.
  void project(const View &view);
  /// Draws the rows `rows` of the framebuffer.
  void draw_rows(Framebuffer &framebuffer, cv::Range rows, const Lighting &lighting,
                 const ToneCurve &tone) const;

 private:
  std::vector<VisibleTriangle> facing_, inner_;
};

}  // namespace hyperlips::synth
