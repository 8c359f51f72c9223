// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/reference.hpp"

#include <algorithm>

#include <opencv2/imgcodecs.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tracker.hpp"
#include "util/quote.hpp"

namespace hyperlips {

namespace {

constexpr std::size_t kTracks = 64;

bool inside(const Box &box, cv::Size frame) {
  return box.x0 >= 0 && box.y0 >= 0 && box.x1 <= float(frame.width) &&
         box.y1 <= float(frame.height);
}

}  // namespace

cv::Mat ReferenceFaces::find(const Face &face, const cv::Mat &crop, float min_confidence,
                             cv::Size frame) {
  if (!picture_.empty()) return picture_;
  const auto known =
      std::ranges::find(tracks_, face.track_id, &decltype(tracks_)::value_type::first);
  if (known != tracks_.end()) {
    tracks_.splice(tracks_.begin(), tracks_, known);
    return known->second;
  }
  if (face.confidence < min_confidence || !inside(face.box, frame)) return crop;
  tracks_.emplace_front(face.track_id, crop);
  if (tracks_.size() > kTracks) tracks_.pop_back();
  return crop;
}

cv::Mat load_reference(const std::filesystem::path &file, Framing framing) {
  cv::Mat picture;
  try {
    picture = cv::imread(file.string(), cv::IMREAD_COLOR);
  } catch (const cv::Exception &) {
    // Reported below.
  }
  if (picture.empty()) {
    throw Error(ErrorKind::NotFound, "Cannot read reference picture " + quote_path(file) +
                                         "; expected a PNG or JPEG file.");
  }
  const FrameView view = view_of(picture);
  const std::vector<Face> faces = Tracker(TrackerOptions{}).track(view, 0);
  if (faces.empty()) {
    throw Error(ErrorKind::Settings, "No face found in reference picture " + quote_path(file) +
                                         "; use a picture with a frontal face.");
  }
  return crop_face(view, framed_box(faces.front().landmarks, framing), framing);
}

}  // namespace hyperlips
