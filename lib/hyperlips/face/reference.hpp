// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <utility>

#include <opencv2/core.hpp>

#include "hyperlips/face/framing.hpp"
#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// How good a view of a face is as a reference, from 0 on: sharp, frontal, with open eyes and a
/// closed mouth that nothing covers, and wholly inside the frame (`frame`: its upright size). Only
/// scores of the same person can be compared. `crop`: CV_8UC3 BGR, of any size.
float reference_score(const Face &face, const cv::Mat &crop, cv::Size frame);

/// What a network takes the appearance of a face from in one frame.
struct ReferenceFace {
  cv::Mat picture;   ///< CV_8UC3 BGR, 128x128
  cv::Mat before;    ///< the former one, while the new one is faded in; empty: there is none
  float weight = 1;  ///< of what is drawn from `picture`, 0 ... 1; the rest is from `before`
};

/// The reference face of each track, the second input of HyperLipsBase: the best view in the first
/// second in which the face is usable (in the published code that of the first frame), or one
/// picture for all tracks. While that second lasts, the best view so far is used; a clearly better
/// one is faded in within 0.2 s. The same frames after reset() give the same references. Stores the
/// 64 most recent tracks. Not thread-safe.
class ReferenceFaces {
 public:
  /// Uses this crop (CV_8UC3 BGR, 128x128) for all faces; if empty, those of the tracks.
  void use_picture(cv::Mat crop) { picture_ = std::move(crop); }

  /// The reference for `face` in the frame at `time` (seconds), for its frames in order; `crop` is
  /// its crop in this frame, `frame` the upright frame size.
  ReferenceFace find(const Face &face, const cv::Mat &crop, cv::Size frame, double time);

  /// Forgets the tracks, but not the picture.
  void reset() { tracks_.clear(); }

 private:
  struct View {
    cv::Mat picture;
    float score = 0;
  };
  struct Track {
    std::int64_t id = 0;
    View shown, best;
    cv::Mat before;     ///< shown until `fade_start`
    double start = -1;  ///< time of the first usable view; -1: there was none
    double fade_start = 0;
  };

  std::list<Track> tracks_;  ///< latest first
  cv::Mat picture_;
};

/// The crop (CV_8UC3 BGR, 128x128) of the best face in a picture file of any format that OpenCV
/// reads, with the box that the network wants. Throws Error{NotFound} if the file cannot be read
/// and Error{Settings} if it contains no face.
cv::Mat load_reference(const std::filesystem::path &file, Framing framing);

}  // namespace hyperlips
