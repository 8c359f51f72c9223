// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "training/evaluate/landmark_measures.hpp"
#include "training/evaluate/opening_correlation.hpp"

namespace hyperlips::training {

/// The sound that moves the lips of a result.
enum class DrivenBy {
  Own,      ///< that of the truth
  Speaker,  ///< that of another video, whose mouth the result should follow
  Silence,
};

struct LipOptions {
  DrivenBy driven_by = DrivenBy::Own;
  /// Openings below this are a closed mouth, in face heights: 0.01 is about 2 mm. The mesh finds
  /// 0.000 to 0.003 for closed lips.
  double closed_below = 0.01;
};

/// What is known of a frame; null or none: nothing.
struct LipFrame {
  const MouthPoints *truth = nullptr;    ///< the mouth in the truth
  const MouthPoints *result = nullptr;   ///< the mouth in the result
  const MouthPoints *speaker = nullptr;  ///< with DrivenBy::Speaker
  std::optional<double> mouth_error;     ///< in the truth's mouth_box(), 0 ... 1
  std::optional<double> pasted_error;    ///< the same of the pasted mouth
  /// gradient_energy() in the truth's mouth_box(): truth, result.
  std::optional<std::array<double, 2>> energy;
};

/// Compares the pictures (CV_8UC3 BGR) around the lips, the truth's mouth_box(): sets mouth_error
/// and energy.
void compare_lips(const cv::Mat &truth, const cv::Mat &result, const cv::Rect &lips,
                  LipFrame &frame);

/// Measures of one clip, or pooled over clips. Those without a value are empty.
struct LipScores {
  std::int64_t frames = 0;  ///< with a face in truth and result
  /// LandmarkScores::lmd, lmd_pixels, jitter
  std::optional<double> lmd, lmd_pixels, jitter;
  /// Opening of the result with that of the mouth it should follow: the truth's or the speaker's.
  std::optional<OpeningCorrelation> opening;
  /// Driven by another's speech or by silence: opening of the result with that of the truth, whose
  /// mouth it must not follow. 0 without leak.
  std::optional<OpeningCorrelation> leak;
  std::optional<double> mouth_mae;   ///< mean absolute error around the lips, 0 ... 1
  std::optional<double> pasted_mae;  ///< the same of the pasted mouth
  /// Root of the gradient energy around the lips, result divided by truth; 1: as sharp.
  std::optional<double> sharpness;
  /// Share of the result's frames whose opening is below LipOptions::closed_below, 0 ... 1.
  std::optional<double> closed;
  std::int64_t result_frames = 0;  ///< with a face in the result
  std::int64_t mouth_frames = 0;   ///< behind mouth_mae
  std::int64_t pasted_frames = 0;  ///< behind pasted_mae
  std::int64_t sharpness_frames = 0;
};

/// Measures the lips of one clip, frame by frame. Definitions as in landmark_measures.hpp and
/// opening_correlation.hpp.
///
///     LipMeasures lips({.driven_by = DrivenBy::Own});
///     for (...) lips.add({.truth = &truth_mouth, .result = &result_mouth});
///     clips.push_back(lips.scores(25));
///     const LipScores all = pool(clips);
class LipMeasures {
 public:
  explicit LipMeasures(const LipOptions &options = {}) : options_(options) {}

  /// Adds the next frame, also if nothing is known of it.
  void add(const LipFrame &frame);

  /// Adds an error of the pasted mouth in any frame, if it is only known later.
  void add_pasted(double error);

  LipScores scores(double frame_rate) const;

 private:
  LipOptions options_;
  LandmarkMeasures landmarks_;
  Openings truth_, result_, speaker_;
  double mouth_ = 0, pasted_ = 0;
  std::array<double, 2> energy_{};
  LipScores counts_;
  std::int64_t closed_ = 0;
};

/// Pools clips: correlations as pool(OpeningCorrelation), errors, LMD and the closed share as means
/// weighted by frames; sharpness and jitter, which are ratios, as geometric means weighted by
/// frames.
LipScores pool(std::span<const LipScores> clips);

}  // namespace hyperlips::training
