// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <opencv2/core.hpp>

#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips::training {

/// The least-squares similarity transform (rotation, scale, translation) from the points of nose,
/// cheekbones and temples in `from` to those in `to`, which move with the head, not with speech.
Affine rigid_motion(const Landmarks &from, const Landmarks &to);

/// Replaces the mouth in `face` by that of another frame of the same person: blends in its lower
/// face, moved by rigid_motion(), with a feathered edge. Crops are CV_8UC3 BGR, 128x128, landmarks
/// in pixels of the crop. In short footage the upper face predicts the mouth; with swapped mouths
/// the network must use the speech instead.
cv::Mat swap_mouth(const cv::Mat &face, const Landmarks &landmarks, const cv::Mat &donor,
                   const Landmarks &donor_landmarks);

}  // namespace hyperlips::training
