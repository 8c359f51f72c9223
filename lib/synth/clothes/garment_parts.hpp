// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "synth/clothes/torso.hpp"
#include "util/random.hpp"

namespace hyperlips::synth {

// Collars, lapels and other parts of garments on a dressed torso. Texture coordinates 0 ... 1: u
// along the part, v from its inner to its outer edge. Lengths are in widths of the face.

/// The ribbed edge of a neckline.
Mesh make_band(const Torso &torso, const Neckline &neckline, float width, float thickness);

/// A shirt's collar, folded over. `opening`: radians from the front to its ends.
Mesh make_collar(const Torso &torso, float opening, float spread, float point_length);

/// The front edge of an open jacket: |x| at each height.
struct JacketFront {
  float top_x = 0.40f, top_y = 1.16f;        ///< where it leaves the neck
  float button_x = 0.03f, button_y = 2.55f;  ///< where it closes
  float lapel = 0.34f;                       ///< width
  float notch_y = 1.62f;
  float edge(float y) const;
};
Mesh make_lapels(const Torso &torso, const JacketFront &front);

/// Knot and blade of a tie.
Mesh make_tie(const Torso &torso, float half_width);

/// A hood on the shoulders, and its cords.
Mesh make_hood(const Torso &torso, Random &random);
Mesh make_cords(const Torso &torso, Random &random);

/// A roll neck.
Mesh make_roll_neck(float top, float bottom, float thickness);

}  // namespace hyperlips::synth
