// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "hyperlips/face/types.hpp"

namespace hyperlips::training {

// Pictures are CV_8UC3 or CV_8UC1, of one type and size; others throw Error{Settings}.

/// Maximum of psnr(), its value for identical pictures.
inline constexpr double kPsnrCap = 100;

/// Peak signal-to-noise ratio in dB: 10 log10(255^2 / MSE), with the MSE of all pixels and
/// channels.
double psnr(const cv::Mat &a, const cv::Mat &b);

/// Structural similarity (Wang et al., IEEE TIP 2004), -1 ... 1: Gaussian window of 11x11, sigma
/// 1.5, K1 0.01, K2 0.03, population covariance, mean over channels and all pixels whose window
/// lies inside. Equals skimage's structural_similarity with gaussian_weights=True, sigma=1.5,
/// use_sample_covariance=False, data_range=255, channel_axis=2 (whose default is a uniform 7x7
/// window). Throws Error{Settings} for pictures smaller than 11x11.
double ssim(const cv::Mat &a, const cv::Mat &b);

/// Mean absolute difference, 0 ... 1, of all pixels and channels in `box`. Throws Error{Settings}
/// for a box that is empty or not inside the picture.
double mean_absolute_error(const cv::Mat &a, const cv::Mat &b, const cv::Rect &box);

/// Sharpness: mean of the squared Laplacian (the four neighbors minus four times the pixel) of the
/// gray values, 0 ... 255, in `box`. Equals (cv2.Laplacian(gray, CV_32F) ** 2).mean() of the cut
/// box. None for boxes of 4 or fewer columns or rows. Throws Error{Settings} for a box outside the
/// picture.
std::optional<double> gradient_energy(const cv::Mat &picture, const cv::Rect &box);

/// The area around the lips: the bounding box of their 40 points enlarged by 30 % and clipped to
/// the frame. None if it is outside the frame.
std::optional<cv::Rect> mouth_box(const Landmarks &landmarks, cv::Size frame);

/// The bounding box of the face mesh, clipped to the frame. None if it is outside the frame.
std::optional<cv::Rect> face_box(const Landmarks &landmarks, cv::Size frame);

/// Largest absolute difference, 0 ... 255, of the pixels outside the lower face, which is the
/// mesh's bounding box enlarged by 15 % on each side, below a line 7.5 % of its height above the
/// outer eye corners.
int largest_difference_outside(const cv::Mat &a, const cv::Mat &b, const Landmarks &landmarks);

}  // namespace hyperlips::training
