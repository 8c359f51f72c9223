// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <utility>

#include "hyperlips/face/framing.hpp"
#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// The reference face of each track, the second input of HyperLipsBase: the first good crop of the
/// track (in the published code that of the first frame), or one picture for all tracks. Stores the
/// 64 most recent tracks. Not thread-safe.
class ReferenceFaces {
 public:
  /// Uses this crop (CV_8UC3 BGR, 128x128) for all faces; if empty, those of the tracks.
  void use_picture(cv::Mat crop) { picture_ = std::move(crop); }

  /// The reference for `face`; `crop` is its crop in this frame, `frame` the upright frame size. A
  /// crop is good, and stored, if the confidence of the face is at least `min_confidence` (0 ... 1)
  /// and its box is inside the frame. Until there is one, returns `crop`.
  cv::Mat find(const Face &face, const cv::Mat &crop, float min_confidence, cv::Size frame);

  /// Forgets the tracks, but not the picture.
  void reset() { tracks_.clear(); }

 private:
  cv::Mat picture_;
  std::list<std::pair<std::int64_t, cv::Mat>> tracks_;  ///< latest first
};

/// The crop (CV_8UC3 BGR, 128x128) of the best face in a picture file of any format that OpenCV
/// reads, with the box that the network wants. Throws Error{NotFound} if the file cannot be read
/// and Error{Settings} if it contains no face.
cv::Mat load_reference(const std::filesystem::path &file, Framing framing);

}  // namespace hyperlips
