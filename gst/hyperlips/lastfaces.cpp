// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lastfaces.hpp"

#include <utility>

#include "hyperlips/face/per_track.hpp"

namespace hyperlips {
namespace {

void put(HyperlipsFaceData &face, const SpokenFace &spoken) {
  face.generated = spoken.picture;
  face.generated_box = spoken.box == face.crop_box ? Box() : spoken.box;
  face.generated_landmarks = spoken.landmarks;
}

/// The face moved from one crop box to another.
SpokenFace moved(SpokenFace spoken, const Box &from, const Box &to) {
  if (spoken.box == from) {
    spoken.box = to;
    return spoken;
  }
  const float sx = to.width() / from.width(), sy = to.height() / from.height();
  const auto x = [&](float at) { return to.x0 + (at - from.x0) * sx; };
  const auto y = [&](float at) { return to.y0 + (at - from.y0) * sy; };
  spoken.box = {x(spoken.box.x0), y(spoken.box.y0), x(spoken.box.x1), y(spoken.box.y1)};
  if (spoken.landmarks)
    for (cv::Point3f &p : *spoken.landmarks) p = {x(p.x), y(p.y), p.z * sx};
  return spoken;
}

}  // namespace

void LastFaces::set(HyperlipsFaceData &face, SpokenFace spoken) {
  put(face, spoken);
  Last &last = tracks_[face.face.track_id];
  last.shown = last.talked = spoken.opacity;
  face.opacity *= last.shown;
  last.spoken = std::move(spoken);
  last.crop_box = face.crop_box;
  limit_tracks(tracks_);
}

void LastFaces::repeat(HyperlipsFaceData &face, Wanted wanted) {
  const auto found = tracks_.find(face.face.track_id);
  if (found == tracks_.end()) {
    face.opacity = 0;
    return;
  }
  Last &last = found->second;
  put(face, moved(last.spoken, last.crop_box, face.crop_box));
  if (wanted == Wanted::Silent) last.talked = 0;
  if (wanted == Wanted::Spoken) last.shown = last.talked;
  if (wanted == Wanted::Silent || wanted == Wanted::Hidden) last.shown = 0;
  face.opacity *= last.shown;
}

}  // namespace hyperlips
