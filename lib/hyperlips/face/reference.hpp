// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <utility>

#include "hyperlips/face/types.hpp"

namespace hyperlips {

/// The reference faces that HyperLipsBase is shown beside each target: one per track, the first
/// good crop (published: the first frame's), or one picture for all. Keeps the 64 tracks seen last.
/// Not thread-safe.
class ReferenceFaces {
 public:
  /// Uses this crop (CV_8UC3 BGR, 128x128) for every face; an empty one goes back to the tracks'
  /// own.
  void use_picture(cv::Mat crop) { picture_ = std::move(crop); }

  /// The reference for `face`, whose crop of this frame is `crop`. A crop is good and kept when the
  /// face was found with at least `min_confidence` and its box lies inside `frame`; until then the
  /// face's own crop serves.
  cv::Mat find(const Face &face, const cv::Mat &crop, float min_confidence, cv::Size frame);

  /// Forgets the tracks, not the picture.
  void reset() { tracks_.clear(); }

 private:
  cv::Mat picture_;
  std::list<std::pair<std::int64_t, cv::Mat>> tracks_;  ///< latest first
};

/// The crop of the best face in a picture file (any format OpenCV reads). Throws Error{NotFound}
/// when the file cannot be read and Error{Settings} when it shows no face.
cv::Mat load_reference(const std::filesystem::path &file);

}  // namespace hyperlips
