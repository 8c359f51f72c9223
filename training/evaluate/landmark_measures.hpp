// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "hyperlips/face/types.hpp"

namespace hyperlips::training {

inline constexpr std::size_t kLipPoints = 40;

/// The mesh points of the outer and inner lips, in rising order.
const std::array<std::size_t, kLipPoints> &lip_points();

/// What the measures need of a frame's mesh. In upright pixels.
struct MouthPoints {
  std::array<cv::Point2d, kLipPoints> lips;  ///< relative to their center
  double opening = 0;                        ///< between the inner lips, points 13 and 14
  double face_height = 0;                    ///< from forehead to chin, points 10 and 152
};

MouthPoints mouth_points(const Landmarks &landmarks);

/// Measures that have no value for so few or such frames are empty.
struct LandmarkScores {
  std::int64_t frames = 0;  ///< in which both have a face
  /// Landmark distance (Chen et al., ECCV 2018): mean distance of the lip points after aligning
  /// their centers, in percent of the truth's face height and in pixels.
  std::optional<double> lmd, lmd_pixels;
  /// Pearson's correlation of the mouth's opening in face heights. Empty for a mouth at rest.
  std::optional<double> opening_correlation;
  /// Mean absolute second difference of the lip points, result over truth: 1 = as steady as the
  /// truth. Taken from three frames in a row that all have both faces. Empty for a still truth.
  std::optional<double> jitter;
};

/// Compares the lips of two videos of one size, frame by frame.
class LandmarkMeasures {
 public:
  /// The next frame; null where no face was found.
  void add(const MouthPoints *truth, const MouthPoints *result);

  LandmarkScores scores() const;

 private:
  struct Pair {
    MouthPoints truth, result;
  };

  std::int64_t frames_ = 0;
  double percent_ = 0, pixels_ = 0;
  std::vector<std::array<double, 2>> openings_;
  std::deque<Pair> last_;  // up to three in a row
  double truth_jitter_ = 0, result_jitter_ = 0;
};

/// Pearson's correlation of pairs; none for fewer than two or where one side does not vary.
std::optional<double> correlation(const std::vector<std::array<double, 2>> &pairs);

}  // namespace hyperlips::training
