// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hyperlips/video/frame.hpp"
#include "training/evaluate/even_picker.hpp"
#include "training/evaluate/tracked_video.hpp"

namespace hyperlips::training {

/// The baseline of the mouth error in a video: one mouth of the person, moved with the head, on all
/// frames. It is the one whose opening is nearest to the median of the video, out of up to
/// kCandidates spread evenly, so it is the hardest fixed mouth to improve on. Reads the video
/// twice:
///
///     for (std::int64_t n = 0; const auto frame = video.next(); ++n) pasted.add(*frame, n);
///     for (const double error : pasted.errors(path, cancel)) mean.add(error);
class PastedMouth {
 public:
  static constexpr std::size_t kCandidates = 16;

  /// Adds a frame; `number` is its index in the video, ascending.
  void add(const TrackedFrame &frame, std::int64_t number);

  /// The mean absolute error, 0 ... 1, in the mouth_box() of each frame with a face, except the
  /// frame that the mouth is from. Reads the video again.
  std::vector<double> errors(const std::string &path, const std::atomic<bool> &cancel) const;

 private:
  struct Pose {
    std::int64_t number = 0;
    Affine motion;  ///< from the first face to this one
    cv::Rect mouth;
  };
  struct Candidate {
    std::int64_t number = 0;
    double opening = 0;
    Affine motion;
    cv::Mat patch;
    cv::Point origin;  ///< of the patch in its frame
  };

  Candidate chosen() const;

  std::optional<Landmarks> first_;
  std::vector<double> openings_;
  std::vector<Pose> poses_;
  EvenPicker<Candidate> picker_{kCandidates};
};

}  // namespace hyperlips::training
