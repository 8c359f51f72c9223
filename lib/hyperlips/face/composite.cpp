// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/composite.hpp"

#include "hyperlips/face/color_match.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mask.hpp"

namespace hyperlips {

void composite(const FrameView &frame, const Landmarks &face, const NewFace &made,
               const CompositeOptions &options) {
  // The mask covers the lower half of its box.
  Box area = made.box;
  if (!made.lower_half) area.y0 -= area.height();
  const Mask mask = lower_face_mask(face, area, options.feather, frame.size(), made.landmarks);
  if (mask.rect.empty()) return;
  const Affine to_frame = crop_to_frame(made.box, made.picture.size());
  const cv::Mat picture =
      options.color_match ? match_color(frame, made.picture, to_frame, mask) : made.picture;
  blend(frame, picture, to_frame, mask, options.strength);
}

}  // namespace hyperlips
