// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
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
#include "synth/render/head_transform.hpp"
#include "synth/render/mesh_instance.hpp"

namespace hyperlips::synth {

/// The meshes and textures of one person: head, eyes, mouth, hair, glasses and clothes.
///
/// Usage: pose(), then MeshInstance::draw_rows() of all instances().
class HeadModel {
 public:
  /// `pixels`: the width of the face in the frame, which decides the resolution of meshes and
  /// textures. `lighting` must outlive the model.
  HeadModel(std::uint64_t seed, const Lighting &lighting, float pixels);
  HeadModel(const HeadModel &) = delete;
  HeadModel &operator=(const HeadModel &) = delete;

  /// Poses, lights and projects all instances.
  void pose(const FacePose &pose, const View &view);
  /// In drawing order: meshes with opacity come after what is behind them.
  const std::vector<MeshInstance> &instances() const { return instances_; }
  /// The pixels that the last pose covers in a framebuffer of this size, with a margin of a pixel.
  cv::Rect bounds(cv::Size framebuffer) const;
  /// The 478 FaceMesh landmarks of the last pose, in widths of the face, before projection.
  Landmarks landmarks() const;

  /// Mean of linear green over the skin that faces the viewer in the last pose.
  float brightness() const;

  /// Draws shoulders and chest, which do not move.
  void draw_clothes(const View &view, const ToneCurve &tone, Framebuffer &framebuffer) const;

 private:
  MeshInstance &add(const Mesh &mesh, const Texture &texture, const Material *material);
  void cast_all_shadows();
  /// `uv`: texture coordinates of the control points of the head.
  void add_instances(std::span<const cv::Point2f> uv);
  void move_skin(const FacePose &pose);
  void pose_eye(int eye, const FacePose &pose, const HeadTransform &transform, const View &view);
  void pose_reflection(int eye, const FacePose &pose, const HeadTransform &transform,
                       const View &view);
  void pose_mouth(const FacePose &pose, const HeadTransform &transform, const View &view);

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
  Mesh reflection_;
  Ears ears_;
  Hair hair_;
  std::optional<Glasses> glasses_;
  Clothes clothes_;
  Shadows skin_shadows_, ear_shadows_, hair_shadows_, clothes_shadows_;
  std::array<cv::Point3f, 10> irises_;

  std::vector<MeshInstance> instances_;
  // Indices into instances_, 0 if the person has none; the second eye's follow the first's.
  std::size_t eye_instance_ = 0, mouth_instance_ = 0, lash_instance_ = 0, reflection_instance_ = 0;
  std::size_t ear_instance_ = 0, hair_instance_ = 0, frame_instance_ = 0, lens_instance_ = 0;
};

}  // namespace hyperlips::synth
