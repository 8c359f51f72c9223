// SPDX-License-Identifier: LGPL-2.1-or-later
#include "facefinder.hpp"

#include <algorithm>

namespace hyperlips {
namespace {

/// As long as a new mouth takes to fade out.
constexpr double kFadeTime = 0.2;  // seconds
/// Longest time for which a face is expected to move on as before.
constexpr double kHoldTime = 0.5;  // seconds

}  // namespace

FaceFinder::FaceFinder(const FaceFinderSettings &settings)
    : settings_(settings),
      tracker_(settings.tracking),
      selector_(settings.choice, settings.index) {}

void FaceFinder::set(const FaceFinderSettings &settings) {
  if (!(settings.tracking == settings_.tracking)) tracker_.set_options(settings.tracking);
  selector_.choose(settings.choice, settings.index);
  settings_ = settings;
}

FoundFace FaceFinder::wanted(const Face &face, bool lost) {
  if (lost) {
    const auto last = last_.find(face.track_id);
    if (settings_.hold && last != last_.end())
      return {face, last->second.opacity, last->second.hidden};
    return {face, 0, "lost"};
  }
  // In each frame, for its hysteresis.
  const FaceGate::Reason reason = gate_.check(face, settings_.limits);
  if (reason != FaceGate::Reason::None) return {face, 0, to_string(reason)};
  if (face.mouth_hidden && !settings_.hold) return {face, 0, "mouth covered"};
  return {face, 1, ""};
}

std::vector<FoundFace> FaceFinder::find(const FrameView &frame, double time,
                                        std::span<const Box> hints) {
  std::vector<Face> faces = tracker_.track(frame, time, hints);
  const std::vector<Face> lost = tracker_.lost(settings_.hold ? kHoldTime : kFadeTime);
  faces.insert(faces.end(), lost.begin(), lost.end());
  std::ranges::sort(faces, {}, &Face::track_id);
  std::vector<FoundFace> found;
  for (const Face &face : selector_.select(faces, frame.size())) {
    const bool gone = std::ranges::find(lost, face.track_id, &Face::track_id) != lost.end();
    found.push_back(wanted(face, gone));
  }
  last_.clear();
  for (const FoundFace &face : found) last_[face.face.track_id] = face;
  return found;
}

std::vector<FoundFace> FaceFinder::skip(const FrameView &frame, double time) {
  std::vector<FoundFace> found;
  for (const Face &face : tracker_.skip(frame, time, kHoldTime)) {
    const auto last = last_.find(face.track_id);
    if (last != last_.end()) found.push_back({face, last->second.opacity, last->second.hidden});
  }
  return found;
}

void FaceFinder::reset() {
  tracker_.reset();
  selector_.reset();
  gate_.reset();
  last_.clear();
}

}  // namespace hyperlips
