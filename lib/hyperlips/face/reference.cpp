// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/reference.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/face_landmarks.hpp"
#include "hyperlips/face/head_angles.hpp"
#include "hyperlips/face/overlap.hpp"
#include "hyperlips/face/tracker.hpp"
#include "util/quote.hpp"

namespace hyperlips {

namespace {

constexpr std::size_t kTracks = 64;

/// From the first usable view on, better ones are looked for.
constexpr double kChoosing = 1;  // seconds
/// The change to a better view must not be seen.
constexpr double kFade = 0.2;  // seconds
/// A view that is better by less is not worth a change.
constexpr float kBetter = 1.25f;

/// Views below this confidence, not inside the frame or with a covered mouth are used only until
/// there is another one.
constexpr float kMinConfidence = 0.5f;
constexpr float kUnusable = 0.01f;

/// Eyes that are open as wide as this, as height by width, are open.
constexpr float kOpenEyes = 0.26f;
/// Turned by this, or with a mouth opened by this part of the face's height, a view is worth 60 %.
constexpr float kTurned = 0.3f;  // radians
constexpr float kOpenMouth = 0.06f;

float apart(const Landmarks &landmarks, std::size_t a, std::size_t b) {
  return std::hypot(landmarks[a].x - landmarks[b].x, landmarks[a].y - landmarks[b].y);
}

/// Height by width of the eye that is open less.
float eye_opening(const Landmarks &landmarks) {
  const float right = apart(landmarks, 159, 145) / std::max(apart(landmarks, 33, 133), 1e-3f);
  const float left = apart(landmarks, 386, 374) / std::max(apart(landmarks, 263, 362), 1e-3f);
  return std::min(left, right);
}

/// The part of the contrast that is in fine detail. The upper half, since lips move.
float sharpness(const cv::Mat &crop) {
  cv::Mat gray, detail;
  cv::cvtColor(crop.rowRange(0, std::max(crop.rows / 2, 1)), gray, cv::COLOR_BGR2GRAY);
  cv::Laplacian(gray, detail, CV_32F);
  cv::Scalar mean, contrast, edges;
  cv::meanStdDev(gray, mean, contrast);
  cv::meanStdDev(detail, mean, edges);
  return float(edges[0] / (contrast[0] + 1));
}

bool usable(const Face &face, cv::Size frame) {
  return face.confidence >= kMinConfidence && inside(face.box, frame) && !face.mouth_hidden;
}

}  // namespace

float reference_score(const Face &face, const cv::Mat &crop, cv::Size frame) {
  const HeadAngles angles = head_angles(face.landmarks);
  const auto worth = [](float value, float limit) {
    return std::exp(-value * value / (2 * limit * limit));
  };
  const float eyes = std::clamp(eye_opening(face.landmarks) / kOpenEyes, 0.05f, 1.0f);
  return sharpness(crop) * worth(std::hypot(angles.yaw, angles.pitch), kTurned) * eyes *
         worth(float(mouth_opening(face.landmarks)), kOpenMouth) *
         (usable(face, frame) ? 1 : kUnusable);
}

ReferenceFace ReferenceFaces::find(const Face &face, const cv::Mat &crop, cv::Size frame,
                                   double time) {
  if (!picture_.empty()) return {picture_, {}, 1};
  const auto known = std::ranges::find(tracks_, face.track_id, &Track::id);
  if (known != tracks_.end()) {
    tracks_.splice(tracks_.begin(), tracks_, known);
  } else {
    tracks_.emplace_front().id = face.track_id;
    if (tracks_.size() > kTracks) tracks_.pop_back();
  }
  Track &track = tracks_.front();
  if (track.start < 0 && usable(face, frame)) track.start = time;
  if (track.start < 0 || time - track.start <= kChoosing) {
    const float score = reference_score(face, crop, frame);
    if (track.best.picture.empty() || score > track.best.score) track.best = {crop, score};
  }
  const bool fading = !track.before.empty() && time - track.fade_start < kFade;
  if (!fading) {
    track.before.release();
    if (track.shown.picture.empty()) {
      track.shown = track.best;
    } else if (track.best.score > kBetter * track.shown.score) {
      track.before = track.shown.picture;
      track.shown = track.best;
      track.fade_start = time;
    }
  }
  if (track.before.empty()) return {track.shown.picture, {}, 1};
  const double passed = std::clamp((time - track.fade_start) / kFade, 0.0, 1.0);
  return {track.shown.picture, track.before, float(passed)};
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
