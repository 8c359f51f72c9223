// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/tracker.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/error.hpp"
#include "hyperlips/face/mesh.hpp"
#include "hyperlips/face/mouth_visibility.hpp"
#include "hyperlips/face/overlap.hpp"
#include "hyperlips/video/scene_cut.hpp"

namespace hyperlips {
namespace {

// Boxes with a greater overlap (intersection over union) are of the same face.
constexpr float kSameFace = 0.3f;
// Minimum overlap of the boxes of consecutive frames; with less the mesh has drifted off the face.
constexpr float kPlausibleMotion = 0.2f;
// A lost face is found again within this distance, in face sizes, and change of size.
constexpr float kReturnDistance = 0.6f;
constexpr float kReturnScale = 1.6f;
constexpr int kThoroughInterval = 10;

struct Track {
  Face face;
  MouthVisibility mouth;
  int missed = 0;  // frames since the face was lost; 0 while it is tracked
};

struct Candidate {
  Box box;
  MeshRegion region;
  bool rough;  // the region ignores the rotation of the face
};

float size_of(const Box &box) { return std::max(box.width(), box.height()); }

bool in_view(const Box &box, cv::Size frame) {
  const cv::Point2f center = box.center();
  return center.x >= 0 && center.y >= 0 && center.x < frame.width && center.y < frame.height;
}

/// Distance of a found face from a lost one, in face sizes; infinite if it cannot be the same.
float return_distance(const Box &lost, const Box &found) {
  const float scale = size_of(found) / std::max(size_of(lost), 1e-3f);
  const cv::Point2f offset = found.center() - lost.center();
  const float distance = std::hypot(offset.x, offset.y) / std::max(size_of(lost), 1e-3f);
  const bool possible =
      distance <= kReturnDistance && scale <= kReturnScale && scale >= 1 / kReturnScale;
  return possible ? distance : INFINITY;
}

Candidate from_hint(const Box &box) { return {box, {box.center(), 1.5f * size_of(box), 0}, true}; }

}  // namespace

struct Tracker::Impl {
  Impl(const TrackerOptions &options, const std::filesystem::path &model_dir)
      : options(options), detector(model_dir), mesh(model_dir) {
    if (!(options.min_confidence >= 0 && options.min_confidence <= 1) || options.max_faces < 1 ||
        options.detect_interval < 0 || options.lost_frames < 0)
      throw Error(
          ErrorKind::Settings,
          "Invalid tracker options: expected min_confidence of 0 to 1, max_faces of at least "
          "1, detect_interval and lost_frames of at least 0.");
  }

  int active() const { return static_cast<int>(std::ranges::count(tracks, 0, &Track::missed)); }
  bool follow(const FrameView &frame);
  void drop_duplicates();
  std::vector<Candidate> search(const FrameView &frame, bool just_lost);
  bool is_followed(const Box &box) const;
  void forget();
  void adopt(const FrameView &frame, const Candidate &candidate);

  TrackerOptions options;
  Detector detector;
  FaceMesh mesh;
  SceneCut scene;
  std::vector<Track> tracks;
  cv::Size size;
  std::int64_t next_id = 0;
  int since_search = 0;
  int until_thorough = 0;  // frames until tiles are searched again
};

/// Updates the landmarks of each track; returns whether a face was lost.
bool Tracker::Impl::follow(const FrameView &frame) {
  bool lost = false;
  for (Track &track : tracks) {
    if (track.missed > 0) {
      ++track.missed;
      continue;
    }
    const MeshResult result = mesh.run(frame, mesh_region(track.face.landmarks));
    const Box box = bounding_box(result.landmarks);
    if (result.presence >= options.min_confidence && in_view(box, size) &&
        overlap(box, track.face.box) >= kPlausibleMotion) {
      track.face.landmarks = result.landmarks;
      track.face.box = box;
      track.face.confidence = result.presence;
    } else {
      track.missed = 1;
      lost = true;
    }
  }
  return lost;
}

/// If two tracks have converged to one face, keeps the older one.
void Tracker::Impl::drop_duplicates() {
  for (std::size_t i = 0; i < tracks.size(); ++i)
    for (std::size_t k = tracks.size() - 1; k > i; --k)
      if (tracks[i].missed == 0 && tracks[k].missed == 0 &&
          overlap(tracks[i].face.box, tracks[k].face.box) > kSameFace)
        tracks.erase(tracks.begin() + static_cast<std::ptrdiff_t>(k));
}

/// Runs the detector if it is due.
std::vector<Candidate> Tracker::Impl::search(const FrameView &frame, bool just_lost) {
  ++since_search;
  --until_thorough;
  const bool alone = active() == 0;
  const bool due =
      options.detect_interval > 0 && (just_lost || since_search >= options.detect_interval);
  if (!alone && !due) return {};
  // Searching tiles is too slow for every frame of a scene without faces.
  const bool thorough = alone && until_thorough <= 0;
  since_search = 0;
  if (thorough)
    until_thorough = options.detect_interval > 0 ? options.detect_interval : kThoroughInterval;
  std::vector<Candidate> found;
  for (const Detection &face : detector.detect(frame, options.min_confidence, thorough))
    found.push_back({face.box, mesh_region(face), false});
  return found;
}

bool Tracker::Impl::is_followed(const Box &box) const {
  return std::ranges::any_of(tracks, [&](const Track &track) {
    return track.missed == 0 && overlap(track.face.box, box) > kSameFace;
  });
}

/// Starts a track for a face that is not tracked yet, or continues that of a face lost nearby.
void Tracker::Impl::adopt(const FrameView &frame, const Candidate &candidate) {
  if (!(size_of(candidate.box) > 0) || is_followed(candidate.box)) return;
  MeshResult result = mesh.run(frame, candidate.region);
  if (result.presence >= options.min_confidence && candidate.rough)
    result = mesh.run(frame, mesh_region(result.landmarks));
  const Box box = bounding_box(result.landmarks);
  if (!(result.presence >= options.min_confidence) || !in_view(box, size) || is_followed(box))
    return;

  Track *track = nullptr;
  float nearest = INFINITY;
  for (Track &lost : tracks) {
    if (lost.missed == 0) continue;
    const float distance = return_distance(lost.face.box, box);
    if (distance < nearest) {
      nearest = distance;
      track = &lost;
    }
  }
  if (!track) {
    track = &tracks.emplace_back();
    track->face.track_id = next_id++;
  }
  track->missed = 0;
  track->face.landmarks = result.landmarks;
  track->face.box = box;
  track->face.confidence = result.presence;
}

void Tracker::Impl::forget() {
  tracks.clear();
  since_search = 0;
  until_thorough = 0;
}

Tracker::Tracker(const TrackerOptions &options, const std::filesystem::path &model_dir)
    : impl_(std::make_unique<Impl>(options, model_dir)) {}
Tracker::~Tracker() = default;
Tracker::Tracker(Tracker &&) noexcept = default;
Tracker &Tracker::operator=(Tracker &&) noexcept = default;

std::vector<Face> Tracker::track(const FrameView &frame, std::span<const Box> hints) {
  if (impl_->size != frame.size()) {
    reset();
    impl_->size = frame.size();
  }
  // After a scene cut a face is a new one, even at the same position.
  if (impl_->scene.is_cut(frame)) impl_->forget();
  const bool just_lost = impl_->follow(frame);
  impl_->drop_duplicates();
  if (impl_->active() < impl_->options.max_faces) {
    std::vector<Candidate> candidates;
    if (hints.empty()) candidates = impl_->search(frame, just_lost);
    for (const Box &hint : hints) candidates.push_back(from_hint(hint));
    for (const Candidate &candidate : candidates) {
      if (impl_->active() >= impl_->options.max_faces) break;
      impl_->adopt(frame, candidate);
    }
  }
  std::erase_if(impl_->tracks,
                [&](const Track &track) { return track.missed > impl_->options.lost_frames; });
  // Tracks are in order of their ids: new ones are appended.
  std::vector<Face> faces;
  for (Track &track : impl_->tracks) {
    if (track.missed > 0) continue;
    track.face.mouth_hidden = track.mouth.is_hidden(lip_redness(frame, track.face.landmarks));
    faces.push_back(track.face);
  }
  return faces;
}

void Tracker::reset() {
  impl_->forget();
  impl_->scene.reset();
}

}  // namespace hyperlips
