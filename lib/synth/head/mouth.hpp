// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "synth/head/expressions.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/mesh.hpp"
#include "synth/render/raster.hpp"

namespace hyperlips::synth {

/// The inside of the mouth: cavity, both rows of teeth with gums, tongue.
class Mouth {
 public:
  Mouth(std::uint64_t seed, const Person &person, const Landmarks &face);

  const Texture &texture() const { return texture_; }
  const std::vector<Triangle> &triangles() const { return triangles_; }
  std::span<const cv::Point2f> uv() const { return uv_; }
  std::size_t points() const { return uv_.size(); }

  /// The points for a pose, at rest of the head; `skin` are the posed points of the face.
  void place(const FacePose &pose, const Expressions &expressions,
             std::span<const cv::Point3f> skin, std::span<cv::Point3f> points) const;
  /// Darkens points deep in the mouth or behind the lips.
  void shade_behind_lips(std::span<const cv::Point3f> skin, std::span<const cv::Point3f> points,
                         std::span<ScreenVertex> vertices) const;

 private:
  void add_cavity();

  Landmarks rest_;
  Texture texture_;
  Mesh upper_, lower_, tongue_;
  std::vector<Triangle> triangles_;
  std::vector<cv::Point2f> uv_;
};

}  // namespace hyperlips::synth
