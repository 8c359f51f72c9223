// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/render/mesh_instance.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kGlare = 0.16f;  // strength of highlights, chosen by eye

}  // namespace

MeshInstance::MeshInstance(std::span<const cv::Point2f> uv, std::span<const Triangle> all,
                           const Texture &image, const Material *kind)
    : triangles(all),
      texture(&image),
      material(kind),
      points(uv.size()),
      normals(uv.size()),
      vertices(uv.size()) {
  for (std::size_t i = 0; i < uv.size(); ++i) vertices[i].u = uv[i].x, vertices[i].v = uv[i].y;
}

void MeshInstance::show(const Lighting &lighting, const View &view) {
  synth::normals(points, triangles, normals);
  if (material) shade(lighting, *material, normals, shadows, vertices);
  project(view);
}

void MeshInstance::project(const View &view) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point2f at = view.project(points[i]);
    vertices[i].x = at.x, vertices[i].y = at.y, vertices[i].depth = points[i].z;
  }
  cull_backfaces(vertices, triangles, both_sides, facing_);
  cull_backfaces(vertices, inside, true, inner_);
}

void MeshInstance::draw_rows(Framebuffer &framebuffer, cv::Range rows, const Lighting &lighting,
                             const ToneCurve &tone) const {
  const cv::Vec3f &key = lighting.lights[0].color;
  const Float4 highlight = Float4{key[0], key[1], key[2], 0} * kGlare;
  draw(framebuffer, rows, vertices, facing_, *texture, blending, highlight, tone);
  draw(framebuffer, rows, vertices, inner_, *texture, blending, highlight, tone);
}

}  // namespace hyperlips::synth
