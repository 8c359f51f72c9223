// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

#include "synth/clothes/fabric.hpp"
#include "synth/clothes/garment_parts.hpp"
#include "synth/clothes/torso.hpp"
#include "synth/head/skin.hpp"
#include "util/random.hpp"

namespace hyperlips::synth {

enum class Garment {
  CrewNeck,
  VNeck,
  Shirt,
  ShirtAndTie,
  Jacket,
  JacketAndTie,
  Hoodie,
  Blouse,
  RollNeck,
  Straps
};

/// What a person wears: cut, fabrics and colors. Lengths are in widths of the face, at rest on a
/// Torso.
struct Outfit {
  Garment garment = Garment::CrewNeck;
  Neckline neckline;
  TorsoFit fit;
  Fabric fabric;  ///< of the T-shirt, shirt, jersey, ...
  Fabric over;    ///< of the jacket
  Fabric tie;     ///< of the tie, or of the cords of a hoodie
  JacketFront front;
  bool jacket = false;   ///< over the shirt
  bool buttons = false;  ///< down the middle of the front
  bool seam = true;      ///< along the neckline
  float strap_x = 0;     ///< |x| of the straps; 0: none

  /// 0 (skin) ... 1 (cloth) at a point of the torso, without the jacket.
  float covered(const cv::Point3f &point) const;
  /// How far inside the front edge of the jacket a point lies; negative outside.
  float within_jacket(const cv::Point3f &point) const;
};

/// A random outfit that suits the person. Proportions are chosen, not measured.
Outfit make_outfit(Random &random, const Person &person);

}  // namespace hyperlips::synth
