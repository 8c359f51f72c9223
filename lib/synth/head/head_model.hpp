// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "synth/clothes/clothes.hpp"
#include "synth/head/ears.hpp"
#include "synth/head/expressions.hpp"
#include "synth/head/eyes.hpp"
#include "synth/head/glasses.hpp"
#include "synth/head/hair.hpp"
#include "synth/head/head_mesh.hpp"
#include "synth/head/mouth.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/part.hpp"

namespace hyperlips::synth {

/// A head with all that belongs to it, and the shoulders below it.
class HeadModel {
 public:
  /// `pixels`: how wide the face will be, which decides how fine everything is.
  HeadModel(std::uint64_t seed, const Lighting &lighting, float pixels);
  HeadModel(const HeadModel &) = delete;
  HeadModel &operator=(const HeadModel &) = delete;

  /// Poses, lights and projects all parts.
  void pose(const FacePose &pose, const View &view);
  /// In the order in which they are drawn.
  const std::vector<Part> &parts() const { return parts_; }
  /// What the last pose covers of a canvas, with a pixel around it.
  cv::Rect bounds(cv::Size canvas) const;
  /// The 478 points of FaceMesh for the last pose, before projection.
  Landmarks landmarks() const;

  /// Mean of linear green over the skin that faces the viewer in the last pose.
  float brightness() const;

  /// Shoulders and chest, which do not move.
  void draw_clothes(const View &view, const ToneCurve &tone, Canvas &canvas) const;

 private:
  Part &add(const Surface &surface, const Texture &texture, const Material *material);
  void cast_all_shadows();
  void move_skin(const FacePose &pose);

  const Lighting &lighting_;
  Person person_;
  Landmarks face_;  // at rest
  std::vector<cv::Point3f> head_rest_, head_posed_, skin_posed_;
  std::vector<Triangle> head_triangles_;
  Subdivision subdivision_;
  Eyes eyes_;
  Mouth mouth_;
  Expressions expressions_;
  Texture skin_texture_, reflection_texture_;
  cv::Vec3f neck_color_;
  Surface reflection_;
  Ears ears_;
  Hair hair_;
  std::optional<Glasses> glasses_;
  Clothes clothes_;
  Shadows skin_shadows_, ear_shadows_, hair_shadows_, clothes_shadows_;
  std::array<cv::Point3f, 10> irises_;

  std::vector<Part> parts_;
  // Places in parts_; the second eye's parts follow the first's.
  std::size_t eye_part_ = 0, mouth_part_ = 0, lash_part_ = 0, reflection_part_ = 0;
  std::size_t ear_part_ = 0, hair_part_ = 0, frame_part_ = 0, lens_part_ = 0;  // 0: none
};

}  // namespace hyperlips::synth
