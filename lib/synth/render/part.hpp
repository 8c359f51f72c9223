// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/face/pose.hpp"
#include "synth/render/camera.hpp"
#include "synth/render/lighting.hpp"
#include "synth/render/raster.hpp"
#include "synth/render/subdivision.hpp"
#include "synth/render/surface.hpp"

namespace hyperlips::synth {

/// A surface as it is drawn in one frame. What it points to must outlive it.
struct Part {
  std::span<const Triangle> triangles;
  const Texture *texture = nullptr;
  const Material *material = nullptr;  ///< none: lit by its owner
  const Shadows *shadows = nullptr;
  Blending blending = Blending::Opaque;
  bool both_sides = false;
  std::span<const Triangle> inside;  ///< of which the inner side shows, too
  std::vector<cv::Point3f> points, normals;
  std::vector<ScreenPoint> shown;

  Part(std::span<const cv::Point2f> uv, std::span<const Triangle> all, const Texture &surface,
       const Material *kind)
      : triangles(all),
        texture(&surface),
        material(kind),
        points(uv.size()),
        normals(uv.size()),
        shown(uv.size()) {
    for (std::size_t i = 0; i < uv.size(); ++i) shown[i].u = uv[i].x, shown[i].v = uv[i].y;
  }

  /// Makes normals, light and places on the screen from `points`.
  void show(const Lighting &lighting, const View &view) {
    synth::normals(points, triangles, normals);
    if (material) shade(lighting, *material, normals, shadows, shown);
    project(view);
  }
  void project(const View &view) {
    for (std::size_t i = 0; i < points.size(); ++i) {
      const cv::Point2f at = view.project(points[i]);
      shown[i].x = at.x, shown[i].y = at.y, shown[i].depth = points[i].z;
    }
    find_shown(shown, triangles, both_sides, facing_);
    find_shown(shown, inside, true, inner_);
  }
  void draw_rows(Canvas &canvas, cv::Range rows, const Lighting &lighting,
                 const ToneCurve &tone) const {
    constexpr float kGlare = 0.16f;
    const cv::Vec3f &key = lighting.lamps[0].color;
    const Float4 highlight = Float4{key[0], key[1], key[2], 0} * kGlare;
    draw(canvas, rows, shown, facing_, *texture, blending, highlight, tone);
    draw(canvas, rows, shown, inner_, *texture, blending, highlight, tone);
  }

 private:
  std::vector<ShownTriangle> facing_, inner_;
};

/// Where the head of a pose is against its rest: turned about the top of the neck, and moved.
class HeadPlace {
 public:
  HeadPlace(const View &view, const FacePose &pose) : shift_(pose.head_x, pose.head_y, 0) {
    const float yaw = view.yaw + pose.yaw, pitch = view.pitch + pose.pitch,
                roll = view.roll + pose.roll;
    const cv::Matx33f y(std::cos(yaw), 0, -std::sin(yaw), 0, 1, 0, std::sin(yaw), 0, std::cos(yaw));
    const cv::Matx33f x(1, 0, 0, 0, std::cos(pitch), -std::sin(pitch), 0, std::sin(pitch),
                        std::cos(pitch));
    const cv::Matx33f z(std::cos(roll), -std::sin(roll), 0, std::sin(roll), std::cos(roll), 0, 0, 0,
                        1);
    matrix_ = z * x * y;
  }
  cv::Point3f operator()(const cv::Point3f &p) const {
    return matrix_ * (p - kPivot) + kPivot + shift_;
  }
  /// A direction in the room, as the head sees it.
  cv::Point3f back(const cv::Point3f &direction) const { return matrix_.t() * direction; }

 private:
  static inline const cv::Point3f kPivot{0, 0.45f, 0.16f};
  cv::Matx33f matrix_;
  cv::Point3f shift_;
};

}  // namespace hyperlips::synth
