// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "hyperlips/face/pose.hpp"
#include "hyperlips/face/types.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/lighting.hpp"
#include "synth/render/raster.hpp"
#include "synth/render/mesh.hpp"

namespace hyperlips::synth {

/// Both eyeballs of a face: white with veins, iris, pupil, the lamp's reflection.
class Eyes {
 public:
  /// Puts the balls behind the lids of `face` and moves the lids' edges onto them.
  Eyes(std::uint64_t seed, const Person &person, Landmarks &face);

  const Texture &texture() const { return texture_; }
  const std::vector<Triangle> &triangles() const { return ball_.triangles; }
  std::size_t points() const { return ball_.points.size(); }

  /// The points of an eyeball, at rest of the head but turned to the pose's gaze, behind the lids
  /// of the posed `skin`.
  void place(int eye, const FacePose &pose, std::span<const cv::Point3f> skin,
             std::span<cv::Point3f> points) const;
  /// Darkens what lies under the lids.
  void shade_under_lids(int eye, std::span<const cv::Point3f> skin,
                        std::span<const cv::Point3f> points,
                        std::span<ScreenVertex> vertices) const;
  /// Texture coordinates of the balls' points.
  std::span<const cv::Point2f> uv() const { return ball_.uv; }

  /// The upper lashes, drawn with opacity: a strip that hangs on the lid's edge of `skin`.
  const Texture &lash_texture() const { return lash_texture_; }
  const Mesh &lashes() const { return lashes_; }
  void place_lashes(int eye, std::span<const cv::Point3f> skin,
                    std::span<cv::Point3f> points) const;

  /// The five points of an iris, as FaceMesh orders them.
  std::array<cv::Point3f, 5> iris(int eye, const FacePose &pose) const;
  /// Where the cornea reflects a lamp, at rest of the head; behind a lid that covers it.
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

/// A lamp or a window as it shows in an eye: opacity in the fourth channel.
Texture paint_reflection(std::uint64_t seed);

inline constexpr float kEyeRadius = 0.088f, kIrisRadius = 0.042f;  // widths of the face

}  // namespace hyperlips::synth
