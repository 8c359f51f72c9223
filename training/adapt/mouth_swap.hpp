// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips::training {

/// The similarity (turn, scale, shift) that carries points of nose, cheeks and temples of `from`
/// best, in the least-squares sense, to those of `to`: what moves with the head, not with speech.
Affine rigid_motion(const Landmarks &from, const Landmarks &to);

/// `face` with the mouth of another frame of the same person: its lower face, carried over by
/// rigid_motion and feathered in. Both crops are CV_8UC3 BGR, 128x128, landmarks in crop pixels.
/// On a short clip the upper face gives the mouth away; swapped mouths take that answer from the
/// network, so that it must listen.
cv::Mat swap_mouth(const cv::Mat &face, const Landmarks &landmarks, const cv::Mat &donor,
                   const Landmarks &donor_landmarks);

}  // namespace hyperlips::training
