// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "hyperlips/face/types.hpp"

namespace hyperlips::training {

// Pictures are CV_8UC3 (or CV_8UC1) of one size; anything else throws Error{Settings}.

/// What psnr() gives for pictures without a difference, and its largest value.
inline constexpr double kPsnrCap = 100;

/// Peak signal-to-noise ratio in dB: 10 log10(255^2 / MSE), the MSE over all pixels and channels.
double psnr(const cv::Mat &a, const cv::Mat &b);

/// Structural similarity (Wang et al., IEEE TIP 2004), -1 ... 1: Gaussian window of 11x11, sigma
/// 1.5, K1 0.01, K2 0.03, population covariance, the mean of the channels over all pixels whose
/// window lies inside. This is skimage's structural_similarity with gaussian_weights=True,
/// sigma=1.5, use_sample_covariance=False, data_range=255, channel_axis=2; its default is a uniform
/// window of 7x7. Pictures below 11x11 throw Error{Settings}.
double ssim(const cv::Mat &a, const cv::Mat &b);

/// Mean absolute difference, 0 ... 1, over all pixels and channels of `box`, which lies inside.
double mean_absolute_error(const cv::Mat &a, const cv::Mat &b, const cv::Rect &box);

/// The pixels around the lips: the bounding box of their 40 points grown by 30 %, cut at the
/// frame's edges. None if nothing is left.
std::optional<cv::Rect> mouth_box(const Landmarks &landmarks, cv::Size frame);

/// The pixels of the mesh's bounding box, likewise.
std::optional<cv::Rect> face_box(const Landmarks &landmarks, cv::Size frame);

/// Largest absolute difference, 0 ... 255, of any pixel outside the lower face: the mesh's box
/// grown by 15 % on each side, from a little above the line between the eyes' outer corners down.
int largest_difference_outside(const cv::Mat &a, const cv::Mat &b, const Landmarks &landmarks);

}  // namespace hyperlips::training
