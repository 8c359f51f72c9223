// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/composite.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mask.hpp"

namespace hyperlips {
namespace {

constexpr double kColorTime = 0.3;  ///< seconds in which small changes of colors are followed
/// Changes of the skin's color, in levels: smaller ones are noise, larger ones are light.
constexpr float kNoise = 3, kLight = 12;
constexpr float kUnsure = 0.25f;  ///< of the confidence before: too little for a jump

/// The mask covers the lower half of its box.
Box mask_box(const NewFace &made) {
  Box area = made.box;
  if (!made.lower_half) area.y0 -= area.height();
  return area;
}

/// The first row of the picture that may be used, so that the rows above need not be new.
int first_used_row(const NewFace &made) {
  return made.lower_half ? made.picture.rows * kFirstShownRow / kCropSize : 0;
}

/// The correction to use for a frame after `last`, if that is known.
ColorCorrection followed(const std::optional<ColorCorrection> &last, const ColorCorrection &seen,
                         std::optional<double> passed) {
  if (!last || !passed) return seen;
  float change = 0;
  for (int c = 0; c < 3; ++c) {
    const float step = seen.offset.terms(0, c) - last->offset.terms(0, c);
    change = std::max(change, std::abs(step));
  }
  const auto slow = static_cast<float>(1 - std::exp(-*passed / kColorTime));
  const float fast = std::clamp((change - kNoise) / (kLight - kNoise), 0.0f, 1.0f);
  // A hand at the edge makes the measurement unsure, other light hardly.
  const float sure = std::min(1.0f, seen.confidence / std::max(last->confidence, 1e-3f));
  const float jump = fast * std::clamp((sure - kUnsure) / (1 - 2 * kUnsure), 0.0f, 1.0f);
  return mixed(*last, seen, std::max(slow * sure, jump));
}

}  // namespace

void composite(const FrameView &frame, const Landmarks &face, const NewFace &made,
               const CompositeOptions &options) {
  Compositor().composite(frame, 0, 0, mask_box(made), face, made, options);
}

Landmarks Compositor::SteadyLandmarks::next(const Landmarks &landmarks, const Box &box,
                                            std::optional<double> passed) {
  const cv::Point2f center = box.center();
  const float width = std::max(box.width(), 1.0f), height = std::max(box.height(), 1.0f);
  OneEuroFilter<2 * kLandmarks>::Values values;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    values[2 * i] = (landmarks[i].x - center.x) / width;
    values[2 * i + 1] = (landmarks[i].y - center.y) / height;
  }
  if (!passed) {
    filter_.start(values);
    return landmarks;
  }
  values = filter_.next(values, 1, *passed);
  Landmarks steady = landmarks;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    steady[i].x = center.x + width * static_cast<float>(values[2 * i]);
    steady[i].y = center.y + height * static_cast<float>(values[2 * i + 1]);
  }
  return steady;
}

void Compositor::composite(const FrameView &frame, std::int64_t track, double time, const Box &crop,
                           const Landmarks &face, const NewFace &made,
                           const CompositeOptions &options) {
  const auto [known, passed] = tracks_.at(track, time);
  const Landmarks own = known.own.next(face, crop, passed);
  std::optional<Landmarks> drawn;
  if (made.landmarks)
    drawn = known.drawn.next(*made.landmarks, crop, known.has_drawn ? passed : std::nullopt);
  known.has_drawn = made.landmarks != nullptr;

  const Mask mask = lower_face_mask(own, mask_box(made), options.feather, frame.size(),
                                    drawn ? &*drawn : nullptr);
  if (mask.rect.empty()) return;
  const int first = first_used_row(made);
  const cv::Mat used = made.picture.rowRange(first, made.picture.rows);
  const Affine to_frame =
      crop_to_frame(made.box, made.picture.size()).after({{1, 0, 0, 0, 1, double(first)}});
  if (!options.color_match) {
    known.colors.reset();
    blend(frame, used, to_frame, mask, options.strength);
    return;
  }
  known.colors = followed(known.colors, measure_colors(frame, used, to_frame, mask), passed);
  blend(frame, corrected(used, *known.colors), to_frame, mask, options.strength);
}

}  // namespace hyperlips
