// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "hyperlips/face/face_landmarks.hpp"
#include "training/evaluate/opening_correlation.hpp"

namespace hyperlips::training {

inline constexpr std::size_t kLipPoints = kLipLandmarks.size();

/// The points of a face mesh that the measures use, in upright pixels.
struct MouthPoints {
  std::array<cv::Point2d, kLipPoints> lips;  ///< relative to their center
  double opening = 0;                        ///< distance of the inner lips, points 13 and 14
  double face_height = 0;                    ///< forehead to chin, points 10 and 152
};

MouthPoints mouth_points(const Landmarks &landmarks);

/// Measures without a value are empty.
struct LandmarkScores {
  std::int64_t frames = 0;  ///< with a face in both videos
  /// Landmark distance (LMD, Chen et al., ECCV 2018): mean distance of the lip points after
  /// aligning their centers, in percent of the truth's face height and in pixels.
  std::optional<double> lmd, lmd_pixels;
  /// Pearson correlation of the mouth openings in face heights. Empty for a constant opening.
  std::optional<double> opening_correlation;
  /// Mean absolute second difference of the lip points, result divided by truth; 1: as steady as
  /// the truth. Over three successive frames with both faces. Empty if the truth does not move.
  std::optional<double> jitter;
};

/// Compares the lips in two videos of one size, frame by frame.
class LandmarkMeasures {
 public:
  /// Adds the next frame; null without a face.
  void add(const MouthPoints *truth, const MouthPoints *result);

  LandmarkScores scores() const;

 private:
  struct Pair {
    MouthPoints truth, result;
  };

  std::int64_t frames_ = 0;
  double percent_ = 0, pixels_ = 0;
  std::vector<std::array<double, 2>> openings_;
  std::deque<Pair> last_;  // up to three successive frames
  double truth_jitter_ = 0, result_jitter_ = 0;
};

}  // namespace hyperlips::training
