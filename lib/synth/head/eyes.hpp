// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "hyperlips/face/pose.hpp"
#include "hyperlips/face/types.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/lighting.hpp"
#include "synth/render/mesh.hpp"
#include "synth/render/raster.hpp"

namespace hyperlips::synth {

/// Both eyeballs of a face: sclera with veins, iris, pupil, and the reflection of the key light.
class Eyes {
 public:
  /// Places the eyeballs behind the lids of `face`, moves the edges of the lids onto them and sets
  /// the landmarks of the irises.
  Eyes(std::uint64_t seed, const Person &person, Landmarks &face);

  const Texture &texture() const { return texture_; }
  const std::vector<Triangle> &triangles() const { return ball_.triangles; }
  std::size_t points() const { return ball_.points.size(); }

  /// The points of an eyeball (0 left, 1 right in the picture), turned to the gaze of the pose,
  /// behind the lids of the posed `skin`; the head is at rest.
  void place(int eye, const FacePose &pose, std::span<const cv::Point3f> skin,
             std::span<cv::Point3f> points) const;
  /// Darkens the parts of the eyeball under the lids.
  void shade_under_lids(int eye, std::span<const cv::Point3f> skin,
                        std::span<const cv::Point3f> points,
                        std::span<ScreenVertex> vertices) const;
  /// Texture coordinates of the balls' points.
  std::span<const cv::Point2f> uv() const { return ball_.uv; }

  /// The upper lashes: a strip with opacity, attached to the edge of the lid.
  const Texture &lash_texture() const { return lash_texture_; }
  const Mesh &lashes() const { return lashes_; }
  void place_lashes(int eye, std::span<const cv::Point3f> skin,
                    std::span<cv::Point3f> points) const;

  /// The five landmarks of an iris in the order of FaceMesh, at rest of the head.
  std::array<cv::Point3f, 5> iris(int eye, const FacePose &pose) const;
  /// Where the cornea reflects a light, at rest of the head; behind a lid that covers it.
  cv::Point3f reflection(int eye, const FacePose &pose, std::span<const cv::Point3f> skin,
                         cv::Point3f towards_light) const;

 private:
  cv::Point3f turn(cv::Point3f direction, const FacePose &pose) const;

  Texture texture_;
  Mesh ball_;  // of radius 1 around the origin
  Texture lash_texture_;
  Mesh lashes_;  // a grid along the lid
  float lash_length_ = 0;
  std::array<cv::Point3f, 2> center_;
};

/// The image of a light or a window on the cornea; the fourth channel is opacity.
Texture paint_reflection(std::uint64_t seed);

/// In widths of the face (about 140 mm): adult eyeballs have a diameter of about 24 mm, irises of
/// 11.7 mm.
inline constexpr float kEyeRadius = 0.088f, kIrisRadius = 0.042f;

}  // namespace hyperlips::synth
