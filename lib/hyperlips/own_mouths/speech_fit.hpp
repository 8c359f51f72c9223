// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <span>

#include <opencv2/core.hpp>

#include "hyperlips/face/pose.hpp"
#include "hyperlips/own_mouths/mouth_shape.hpp"

namespace hyperlips {

/// What of a predicted MouthPose the fit reads.
inline constexpr std::size_t kSpeechValues = 7;
using SpeechValues = std::array<float, kSpeechValues>;
SpeechValues speech_values(const MouthPose &mouth);

using ShapeValues = std::array<float, kShapeValues>;

/// Maps mouths predicted from speech, which are those of a synthetic person, to the mouth shapes of
/// one real person: linear, with the spread of the person's own mouths.
struct SpeechFit {
  SpeechValues center{};                               ///< mean of the predictions
  cv::Matx<float, kShapeValues, kSpeechValues> slope;  ///< widths of the head per unit
  ShapeValues offset{};                                ///< shape at the center

  ShapeValues shape(const MouthPose &mouth) const;
};

/// Frames of a person's footage whose sound is known.
struct SpeechPair {
  SpeechValues spoken;  ///< predicted from the sound
  ShapeValues seen;     ///< MouthShape::values() in the picture
};

/// Ridge regression toward the map of a typical person, whose weight equals some seconds of
/// footage; then scaled so that the spread of the shapes equals that which was seen. `mean` and
/// `deviation` are those of the person's mouths. Without pairs: the typical person, with that
/// spread.
SpeechFit fit_speech(std::span<const SpeechPair> pairs, const ShapeValues &mean,
                     const ShapeValues &deviation);

}  // namespace hyperlips
