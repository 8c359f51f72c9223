// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/tracked_video.hpp"

#include <cmath>

namespace hyperlips::training {

TrackedVideo::TrackedVideo(const std::string &path, const TrackerOptions &tracker,
                           const std::filesystem::path &face_models,
                           const std::atomic<bool> &cancel)
    : reader_(path, cancel), tracker_(tracker, face_models) {}

std::optional<TrackedFrame> TrackedVideo::next(double track_from) {
  std::optional<TimedPicture> picture = reader_.next();
  if (!picture) return std::nullopt;
  TrackedFrame frame{std::move(*picture), std::nullopt};
  TimedBox at{frame.picture.time, std::nullopt};
  if (at.time >= track_from) {
    const std::vector<Face> faces = tracker_.track(view_of(frame.picture.bgr), at.time);
    if (!faces.empty()) {
      frame.mesh = faces.front().landmarks;
      at.box = faces.front().box;
    }
  }
  track_.push_back(at);
  return frame;
}

const TrackedFrame *NearestFrames::at(const TimedPicture &other) {
  constexpr double kLeadIn = 0.5;
  if (!started_) {
    started_ = true;
    track_from_ = other.time - kLeadIn;
    current_ = video_.next(track_from_);
    if (current_) ahead_ = video_.next(track_from_);
  }
  if (!current_) return nullptr;
  const auto away = [&](const TrackedFrame &frame) {
    return std::abs(frame.picture.time - other.time);
  };
  while (ahead_ && away(*ahead_) <= away(*current_)) {
    current_ = std::move(ahead_);
    ahead_ = video_.next(track_from_);
  }
  constexpr double kRounding = 1e-3;
  const double reach = current_->picture.duration / 2 + kRounding;
  return away(*current_) <= reach ? &*current_ : nullptr;
}

void NearestFrames::finish() {
  while (ahead_) ahead_ = video_.next(track_from_);
}

}  // namespace hyperlips::training
