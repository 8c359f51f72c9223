// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include <opencv2/core.hpp>

#include "synth/head/head_mesh.hpp"
#include "synth/head/skin.hpp"
#include "synth/render/mesh.hpp"
#include "util/random.hpp"

namespace hyperlips::synth {

// Clothes are modeled for a longer neck and then raised: y of the face is y here minus this.
inline constexpr float kRaise = 0.1f;

/// The section of the neck at a height of the clothes.
inline NeckRing neck_under(float y) { return neck_ring(y - kRaise); }

/// The neckline, seen from the front: an arch between the shoulders.
struct Neckline {
  float side_x = 0.45f;   ///< |x| where it meets the outline of the shoulders
  float side_y = 1.15f;   ///< and y there
  float front_y = 1.42f;  ///< y of its lowest point
  float power = 2.2f;     ///< 1: a V, 2: round, 4 and more: square

  /// Approximate distance from the line, positive below it.
  float below(float x, float y) const;
};

/// How clothes fit.
struct TorsoFit {
  float ease = 0;     ///< 0 tight ... 1 loose: hides collarbones and arms
  float folds = 1;    ///< strength
  Neckline neckline;  ///< above it is skin, without folds
};

/// Base of the neck, shoulders, chest and upper arms: rings around a vertical axis. Modeled by eye.
class Torso {
 public:
  static constexpr int kColumns = 132, kRows = 112;

  Torso(Random &random, const Person &person);

  /// Makes the mesh; before, only the outline is available.
  void dress(Random &random, const TorsoFit &fit);

  /// Half the width of the outline at height y, and the height where it has a width.
  float half_width(float y) const;
  float height_of(float half_width) const;
  /// The angle from the front at which the outline of height y passes x (clamped to it).
  float angle_of(float x, float y) const;
  /// The point at an angle from the front, within 120 degrees, and the direction out of it.
  cv::Point3f at(float angle, float y) const;
  cv::Point3f out(float angle, float y) const;

  const Mesh &mesh() const { return mesh_; }

 private:
  struct Ring {
    float half_width, y, front, side, back;
  };
  Ring ring(float t) const;
  cv::Point2f grid_place(float angle, float y) const;  // column and row

  std::vector<Ring> control_, rings_;
  float bust_ = 0, bust_x_ = 0.5f;
  Mesh mesh_;
  std::vector<cv::Point3f> normals_;
};

}  // namespace hyperlips::synth
