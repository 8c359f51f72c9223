// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/tracker.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "hyperlips/error.hpp"
#include "hyperlips/face/appearance.hpp"
#include "hyperlips/face/face_motion.hpp"
#include "hyperlips/face/head_angles.hpp"
#include "hyperlips/face/mesh.hpp"
#include "hyperlips/face/mouth_visibility.hpp"
#include "hyperlips/face/overlap.hpp"
#include "hyperlips/video/scene_cut.hpp"

namespace hyperlips {
namespace {

// Overlaps are intersection over union of two boxes.
/// Boxes with a greater overlap are of the same face.
constexpr float kSameFace = 0.3f;
/// With less overlap with the predicted box, the mesh has drifted off the face.
constexpr float kPlausibleMotion = 0.12f;
/// With less, the looks must confirm that it is the same face.
constexpr float kCertainMotion = 0.5f;
/// Hair reaches this far beyond the box of a face, in its sizes, and may cover another face.
constexpr float kHair = 0.2f;
/// A lost face that overlaps an active one by more than this is behind it.
constexpr float kCovered = 0.1f;

/// Uncovered distances of looks: up to this one it is the same person, from that one on, in a head
/// that is not turned, another person.
constexpr float kSameLook = 0.22f, kOtherLook = 0.2f;
/// Distances of looks: up to this one it may be the same person, partly covered by another face; up
/// to kSureLook it is not covered.
constexpr float kMixedLook = 0.7f, kSureLook = 0.3f;
/// Once the looks are known, only small differences are learned (uncovered distance): a dissolve
/// must not take them along.
constexpr float kLearnLook = 0.1f;
constexpr double kKnownTime = 0.5;  // seconds
/// A mesh that looks more like another track by this is on that one's face.
constexpr float kOnOther = 0.04f;
/// A difference of looks must last, since blur and reflections pass.
constexpr double kOtherTime = 0.16;  // seconds
/// Looks are those of about this time; the first frame counts as kFirstLook.
constexpr double kLookMemory = 8, kFirstLook = 0.2;  // seconds
/// In heads that are turned further, other points are seen.
constexpr float kFrontal = 0.4f;  // radians

/// A lost face is found again within this distance from where it is expected, in face sizes, which
/// grows with time, and change of size.
constexpr float kReturnDistance = 1, kReturnSpeed = 2;  // the second per second
constexpr float kReturnScale = 1.6f;
/// Lost faces are waited for longer while another face covers them.
constexpr double kLongestCover = 10;  // seconds

/// Slower motions than this, in face sizes from frame to frame, are not predicted: the mesh finds
/// the face from its last place.
constexpr float kSlow = 0.1f;
/// A face that is further off the middle of the mesh's region, in face sizes, is cut off there.
constexpr float kOffCenter = 0.15f;
constexpr int kMostCorrections = 2;
/// Presence from which it is worth looking again with a better region.
constexpr float kHint = 0.1f;

constexpr double kRounding = 1e-6;  // seconds

/// The detector runs in each frame for this time after a face was lost, then in one of
/// kLostInterval frames.
constexpr double kSearchTime = 0.2;  // seconds
constexpr int kLostInterval = 3;
constexpr std::size_t kMostSearches = 2;  ///< around lost faces, per frame
constexpr int kThoroughInterval = 10;

struct Track {
  Face face;        ///< when it was last seen
  double seen = 0;  ///< time of that
  bool lost = false;
  double lost_for = 0;  ///< seconds, without those in which another face covers it
  FaceMotion motion;
  MouthVisibility mouth;
  Appearance look;
  double look_time = 0;     ///< seconds from which `look` is known
  double other_since = -1;  ///< since when it has looked like another person; -1: it does not
};

/// A face in this frame.
struct Found {
  MeshResult mesh;
  Box box;
  Appearance look;
};

struct Candidate {
  Box box;
  MeshRegion region;
  bool rough;  ///< the region ignores the rotation of the face
};

/// The face of a track where it is expected at `time`.
Face predicted(const Track &track, double time) {
  Face face = track.face;
  face.landmarks = moved(face.landmarks, track.motion.offset(time));
  face.box = bounding_box(face.landmarks);
  return face;
}

float size_of(const Box &box) { return std::max(box.width(), box.height()); }

/// Whether one head may cover a part of the other one's face.
bool touch(const Box &a, const Box &b) {
  const float room = kHair * std::max(size_of(a), size_of(b));
  return std::min(a.x1, b.x1) - std::max(a.x0, b.x0) > -room &&
         std::min(a.y1, b.y1) - std::max(a.y0, b.y0) > -room;
}

float length(const cv::Point2f &offset) { return std::hypot(offset.x, offset.y); }

bool in_view(const Box &box, cv::Size frame) {
  const cv::Point2f center = box.center();
  return center.x >= 0 && center.y >= 0 && center.x < frame.width && center.y < frame.height;
}

Candidate from_hint(const Box &box) { return {box, {box.center(), 1.5f * size_of(box), 0}, true}; }

void check(const TrackerOptions &options) {
  if (!(options.min_confidence >= 0 && options.min_confidence <= 1) || options.max_faces < 1 ||
      options.detect_interval < 0 || !(options.lost_time >= 0))
    throw Error(ErrorKind::Settings,
                "Invalid tracker options: expected min_confidence of 0 to 1, max_faces of at least "
                "1, detect_interval and lost_time of at least 0.");
}

}  // namespace

struct Tracker::Impl {
  Impl(const TrackerOptions &options, const std::filesystem::path &model_dir)
      : options((check(options), options)), detector(model_dir), mesh(model_dir) {}

  int active() const { return int(std::ranges::count(tracks, false, &Track::lost)); }
  bool starts_scene(const FrameView &frame);
  bool is_face(const MeshResult &result) const;
  std::optional<Found> find_near(const FrameView &frame, const Landmarks &expected);
  std::optional<Found> follow(const FrameView &frame, const Track &track);
  bool follow_all(const FrameView &frame);
  void part(std::vector<std::optional<Found>> &found);
  void put(Track &track, const Found &found);
  void see(Track &track, const Found &found, bool alone);
  void start(const Found &found, bool covered);
  bool is_other(Track &track, const Found &found, bool alone);
  std::vector<Candidate> search(const FrameView &frame, bool just_lost);
  std::vector<Candidate> search_lost(const FrameView &frame);
  bool is_followed(const Box &box) const;
  std::vector<Found> look_at(const FrameView &frame, std::span<const Candidate> candidates);
  const Track *touching(const Box &box) const;
  float away(const Track &lost, const Found &found) const;
  float return_cost(const Track &lost, const Found &found) const;
  void adopt(std::vector<Found> found);
  void age(double passed);
  void forget();

  TrackerOptions options;
  Detector detector;
  FaceMesh mesh;
  SceneCut scene;
  std::vector<Track> tracks;  ///< in order of their ids
  cv::Size size;
  double time = 0;  ///< of the frame
  std::int64_t next_id = 0;
  int since_search = 0;
  int until_thorough = 0;  ///< frames until tiles are searched again
};

bool Tracker::Impl::is_face(const MeshResult &result) const {
  return result.presence >= options.min_confidence && in_view(bounding_box(result.landmarks), size);
}

/// The face about where it is expected.
std::optional<Found> Tracker::Impl::find_near(const FrameView &frame, const Landmarks &expected) {
  const Box there = bounding_box(expected);
  Box region = there;
  MeshResult result = mesh.run(frame, mesh_region(expected));
  Box box = bounding_box(result.landmarks);
  for (int again = 0; again < kMostCorrections && result.presence >= kHint &&
                      length(box.center() - region.center()) > kOffCenter * size_of(region);
       ++again) {
    region = box;
    result = mesh.run(frame, mesh_region(result.landmarks));
    box = bounding_box(result.landmarks);
  }
  if (!is_face(result) || overlap(box, there) < kPlausibleMotion) return std::nullopt;
  return Found{result, box, Appearance(frame, result.landmarks)};
}

/// The face of an active track in this frame.
std::optional<Found> Tracker::Impl::follow(const FrameView &frame, const Track &track) {
  const cv::Point2f offset = track.motion.offset(time);
  const bool fast = length(offset) > kSlow * size_of(track.face.box);
  const Landmarks &last = track.face.landmarks;
  const auto is_it = [&](const Found &found, const Landmarks &expected) {
    return overlap(found.box, bounding_box(expected)) >= kCertainMotion ||
           track.look.uncovered_distance(found.look) <= kSameLook;
  };
  if (fast) {
    const Landmarks expected = moved(last, offset);
    auto found = find_near(frame, expected);
    if (found && is_it(*found, expected)) return found;
  }
  auto found = find_near(frame, last);
  if (found && is_it(*found, last)) return found;
  return std::nullopt;
}

/// Of meshes that are on one face, or on another track's face, keeps that of the track whose looks
/// and motion fit.
void Tracker::Impl::part(std::vector<std::optional<Found>> &found) {
  const auto cost = [&](std::size_t i) {
    const Track &track = tracks[i];
    const cv::Point2f expected = track.face.box.center() + track.motion.offset(time);
    const float away = length(found[i]->box.center() - expected) / size_of(found[i]->box);
    return track.look.distance(found[i]->look) + 0.3f * std::min(away, 1.0f);
  };
  for (std::size_t a = 0; a < found.size(); ++a) {
    for (std::size_t b = a + 1; b < found.size() && found[a]; ++b) {
      if (!found[b]) continue;
      if (overlap(found[a]->box, found[b]->box) > kSameFace) {
        // In case of doubt the older track.
        found[cost(a) <= cost(b) ? b : a].reset();
      } else if (touch(found[a]->box, found[b]->box)) {
        if (tracks[b].look.distance(found[a]->look) + kOnOther <
            tracks[a].look.distance(found[a]->look)) {
          found[a].reset();
        } else if (tracks[a].look.distance(found[b]->look) + kOnOther <
                   tracks[b].look.distance(found[b]->look)) {
          found[b].reset();
        }
      }
    }
  }
}

/// Whether the mesh has been on another person for some time: during a dissolve, or behind someone
/// who is not tracked.
bool Tracker::Impl::is_other(Track &track, const Found &found, bool alone) {
  const HeadAngles turned = head_angles(found.mesh.landmarks);
  const bool known = alone && inside(found.box, size) && std::abs(turned.yaw) < kFrontal &&
                     std::abs(turned.pitch) < kFrontal;
  if (!known) return false;
  if (track.look.uncovered_distance(found.look) < kOtherLook) {
    track.other_since = -1;
    return false;
  }
  if (track.other_since < 0) track.other_since = time;
  return time - track.other_since >= kOtherTime;
}

void Tracker::Impl::put(Track &track, const Found &found) {
  track.seen = time;
  track.face.landmarks = found.mesh.landmarks;
  track.face.box = found.box;
  track.face.confidence = found.mesh.presence;
}

/// The track's face was found in this frame. `alone`: no other face touches it.
void Tracker::Impl::see(Track &track, const Found &found, bool alone) {
  track.motion.see(found.mesh.landmarks, time);
  const double passed = std::clamp(time - track.seen, 0.0, kFirstLook);
  put(track, found);
  track.lost = false;
  track.lost_for = 0;
  const bool clear = alone || track.look.distance(found.look) <= kSureLook;
  const bool usual =
      track.look_time < kKnownTime || track.look.uncovered_distance(found.look) <= kLearnLook;
  if (clear && usual && inside(found.box, size) && track.other_since < 0) {
    track.look_time = std::min(track.look_time + passed, kLookMemory);
    track.look.learn(found.look, float(passed / track.look_time));
  }
}

/// `covered`: another face touches it.
void Tracker::Impl::start(const Found &found, bool covered) {
  Track &track = tracks.emplace_back();
  track.face.track_id = next_id++;
  track.motion.start(found.mesh.landmarks, time);
  put(track, found);
  track.look = found.look;
  // What is seen behind another face is soon replaced.
  track.look_time = covered ? kFirstLook / 10 : kFirstLook;
}

/// Updates the active tracks; returns whether a face was lost.
bool Tracker::Impl::follow_all(const FrameView &frame) {
  std::vector<std::optional<Found>> found;
  for (const Track &track : tracks)
    found.push_back(track.lost ? std::nullopt : follow(frame, track));
  part(found);
  const std::size_t count = found.size();
  const auto alone = [&](std::size_t i) {
    for (std::size_t k = 0; k < count; ++k)
      if (k != i && found[k] && touch(found[k]->box, found[i]->box)) return false;
    return true;
  };
  bool lost = false;
  std::vector<Found> others;
  for (std::size_t i = 0; i < count; ++i) {
    if (tracks[i].lost) continue;
    const bool other = found[i] && is_other(tracks[i], *found[i], alone(i));
    if (found[i] && !other) {
      see(tracks[i], *found[i], alone(i));
      continue;
    }
    tracks[i].lost = true;
    tracks[i].other_since = -1;
    if (other) others.push_back(*found[i]);
    lost = lost || !other;
  }
  adopt(std::move(others));
  return lost;
}

/// Runs the detector if it is due.
std::vector<Candidate> Tracker::Impl::search(const FrameView &frame, bool just_lost) {
  ++since_search;
  --until_thorough;
  const bool alone = active() == 0;
  const bool missing = std::ranges::any_of(tracks, [&](const Track &track) {
    return track.lost && (since_search >= kLostInterval || time - track.seen <= kSearchTime);
  });
  const bool due = options.detect_interval > 0 &&
                   (just_lost || missing || since_search >= options.detect_interval);
  if (!alone && !due) return {};
  std::vector<Candidate> found = search_lost(frame);
  if (!found.empty() && since_search < options.detect_interval) return found;
  // Searching tiles is too slow for every frame of a scene without faces.
  const bool thorough = alone && until_thorough <= 0;
  since_search = 0;
  if (thorough)
    until_thorough = options.detect_interval > 0 ? options.detect_interval : kThoroughInterval;
  for (const Detection &face : detector.detect(frame, options.min_confidence, thorough))
    found.push_back({face.box, mesh_region(face), false});
  return found;
}

/// Runs the detector around the faces that were lost last.
std::vector<Candidate> Tracker::Impl::search_lost(const FrameView &frame) {
  std::vector<const Track *> lost;
  for (const Track &track : tracks)
    if (track.lost) lost.push_back(&track);
  std::ranges::stable_sort(lost, std::greater{}, &Track::seen);
  if (lost.size() > kMostSearches) lost.erase(lost.begin() + kMostSearches, lost.end());
  std::vector<Candidate> found;
  for (const Track *track : lost) {
    const cv::Point2f offset = track->motion.offset(time);
    const Box &box = track->face.box;
    const Box expected{box.x0 + offset.x, box.y0 + offset.y, box.x1 + offset.x, box.y1 + offset.y};
    for (const Detection &face : detector.detect_near(frame, expected, options.min_confidence))
      found.push_back({face.box, mesh_region(face), false});
  }
  return found;
}

bool Tracker::Impl::is_followed(const Box &box) const {
  return std::ranges::any_of(tracks, [&](const Track &track) {
    return !track.lost && overlap(track.face.box, box) > kSameFace;
  });
}

/// The candidates that are faces, as many as can be tracked.
std::vector<Found> Tracker::Impl::look_at(const FrameView &frame,
                                          std::span<const Candidate> candidates) {
  const auto most = std::size_t(options.max_faces - active()) +
                    std::size_t(std::ranges::count(tracks, true, &Track::lost));
  std::vector<Found> found;
  const auto is_known = [&](const Box &box) {
    return is_followed(box) || std::ranges::any_of(found, [&](const Found &other) {
             return overlap(other.box, box) > kSameFace;
           });
  };
  for (const Candidate &candidate : candidates) {
    if (found.size() >= most) break;
    if (!(size_of(candidate.box) > 0) || is_known(candidate.box)) continue;
    MeshResult result = mesh.run(frame, candidate.region);
    if (result.presence >= options.min_confidence && candidate.rough)
      result = mesh.run(frame, mesh_region(result.landmarks));
    const Box box = bounding_box(result.landmarks);
    if (is_face(result) && !is_known(box))
      found.push_back({result, box, Appearance(frame, result.landmarks)});
  }
  return found;
}

/// The active track whose face is in front of or behind this box, or null.
const Track *Tracker::Impl::touching(const Box &box) const {
  const auto other = std::ranges::find_if(
      tracks, [&](const Track &track) { return !track.lost && touch(track.face.box, box); });
  return other == tracks.end() ? nullptr : &*other;
}

/// How far a found face is from where a lost one is expected, in the distances in which it may be;
/// infinite if it cannot be the same.
float Tracker::Impl::away(const Track &lost, const Found &found) const {
  const float before = std::max(size_of(lost.face.box), 1e-3f);
  const float scale = size_of(found.box) / before;
  const cv::Point2f expected = lost.face.box.center() + lost.motion.offset(time);
  const float reach = kReturnDistance + kReturnSpeed * float(time - lost.seen);
  // From where it was last seen, or from where it should be.
  const float away = std::min(length(found.box.center() - expected),
                              length(found.box.center() - lost.face.box.center())) /
                     before / reach;
  const bool possible = away <= 1 && scale <= kReturnScale && scale >= 1 / kReturnScale;
  return possible ? away : INFINITY;
}

/// How little a found face is like a lost one; infinite if it cannot be the same.
float Tracker::Impl::return_cost(const Track &lost, const Found &found) const {
  const float mixed = lost.look.distance(found.look);
  const float look = lost.look.uncovered_distance(found.look);
  const Track *front = touching(found.box);
  const bool same =
      front ? mixed <= kMixedLook && mixed < front->look.distance(found.look) : look <= kSameLook;
  return same ? away(lost, found) + look / kSameLook : INFINITY;
}

/// Continues the tracks of lost faces, and starts tracks for the other faces.
void Tracker::Impl::adopt(std::vector<Found> found) {
  while (!found.empty() && active() < options.max_faces) {
    Track *best = nullptr;
    auto face = found.begin();
    float least = INFINITY;
    for (Track &track : tracks) {
      for (auto other = found.begin(); track.lost && other != found.end(); ++other) {
        const float cost = return_cost(track, *other);
        if (cost >= least) continue;
        least = cost;
        best = &track;
        face = other;
      }
    }
    const bool covered = touching(face->box) != nullptr;
    // A lost face that comes out from behind another one is known again as soon as more is seen.
    const bool awaited = covered && std::ranges::any_of(tracks, [&](const Track &track) {
                           return track.lost && away(track, *face) <= 1;
                         });
    if (best) {
      see(*best, *face, !covered);
    } else if (!awaited) {
      start(*face, covered);
    }
    found.erase(face);
  }
}

/// Ends the tracks of faces that were lost too long ago.
void Tracker::Impl::age(double passed) {
  for (Track &track : tracks) {
    if (!track.lost) continue;
    const bool covered = std::ranges::any_of(tracks, [&](const Track &other) {
      return !other.lost && overlap(other.face.box, track.face.box) > kCovered;
    });
    if (!covered) track.lost_for += passed;
  }
  std::erase_if(tracks, [&](const Track &track) {
    return track.lost && (track.lost_for > options.lost_time + kRounding ||
                          time - track.seen > options.lost_time + kLongestCover);
  });
}

void Tracker::Impl::forget() {
  tracks.clear();
  since_search = 0;
  until_thorough = 0;
}

/// After a scene cut a face is a new one, even at the same position.
bool Tracker::Impl::starts_scene(const FrameView &frame) {
  const bool resized = size != frame.size();
  if (resized) scene.reset();
  size = frame.size();
  return scene.is_cut(frame) || resized;
}

Tracker::Tracker(const TrackerOptions &options, const std::filesystem::path &model_dir)
    : impl_(std::make_unique<Impl>(options, model_dir)) {}
Tracker::~Tracker() = default;
Tracker::Tracker(Tracker &&) noexcept = default;
Tracker &Tracker::operator=(Tracker &&) noexcept = default;

void Tracker::set_options(const TrackerOptions &options) {
  check(options);
  auto &tracks = impl_->tracks;
  impl_->options = options;
  while (impl_->active() > options.max_faces)
    tracks.erase(std::ranges::find(tracks.rbegin(), tracks.rend(), false, &Track::lost).base() - 1);
}

std::vector<Face> Tracker::track(const FrameView &frame, double time, std::span<const Box> hints) {
  Impl &p = *impl_;
  if (p.starts_scene(frame)) p.forget();
  const double passed = std::max(time - p.time, 0.0);
  p.time = time;
  const bool just_lost = p.follow_all(frame);
  if (p.active() < p.options.max_faces) {
    std::vector<Candidate> candidates;
    if (hints.empty()) candidates = p.search(frame, just_lost);
    for (const Box &hint : hints) candidates.push_back(from_hint(hint));
    p.adopt(p.look_at(frame, candidates));
  }
  p.age(passed);
  std::vector<Face> faces;
  for (Track &track : p.tracks) {
    if (track.lost) continue;
    track.face.mouth_hidden = track.mouth.is_hidden(lip_redness(frame, track.face.landmarks), time);
    faces.push_back(track.face);
  }
  return faces;
}

std::vector<Face> Tracker::skip(const FrameView &frame, double time, double longest) {
  Impl &p = *impl_;
  if (p.starts_scene(frame)) p.forget();
  std::vector<Face> faces;
  for (const Track &track : p.tracks) {
    if (time - track.seen > longest + kRounding) continue;
    faces.push_back(predicted(track, time));
  }
  return faces;
}

std::vector<Face> Tracker::lost(double longest) const {
  std::vector<Face> faces;
  for (const Track &track : impl_->tracks) {
    if (!track.lost || impl_->time - track.seen > longest + kRounding) continue;
    faces.push_back(predicted(track, impl_->time));
  }
  return faces;
}

void Tracker::reset() {
  impl_->forget();
  impl_->scene.reset();
}

}  // namespace hyperlips
