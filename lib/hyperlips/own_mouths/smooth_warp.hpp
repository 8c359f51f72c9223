// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include <opencv2/core.hpp>

namespace hyperlips {

/// Resamples `picture` (CV_8UC3) to the pixels of `rect` by the thin-plate spline (Bookstein 1989)
/// that maps each point of `to` to the one of `from` in the picture, approximately:
/// `smoothness` (0 ... ) in pixels allows deviations at noisy points. Edge pixels are replicated.
/// At least three points that are not on one line.
cv::Mat smooth_warp(const cv::Mat &picture, std::span<const cv::Point2f> from,
                    std::span<const cv::Point2f> to, const cv::Rect &rect, float smoothness);

}  // namespace hyperlips
