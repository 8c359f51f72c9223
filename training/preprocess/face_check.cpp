// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/face_check.hpp"

#include <algorithm>
#include <vector>

namespace hyperlips::training {
namespace {

float size_of(const Face &face) { return std::max(face.box.width(), face.box.height()); }

float inside(const Box &box, cv::Size frame) {
  const float width = std::min(box.x1, float(frame.width)) - std::max(box.x0, 0.0f);
  const float height = std::min(box.y1, float(frame.height)) - std::max(box.y0, 0.0f);
  if (!(width > 0 && height > 0)) return 0;
  return width * height / (box.width() * box.height());
}

}  // namespace

const char *to_string(Drop reason) {
  constexpr const char *kNames[] = {
      "no picture",   "no face",   "several faces", "face too small",    "face outside the frame",
      "mouth hidden", "too short", "no sound",      "too little speech", "sound out of sync"};
  return kNames[static_cast<int>(reason)];
}

std::variant<Face, Drop> usable_face(std::span<const Face> faces, cv::Size frame,
                                     const FaceRules &rules) {
  if (faces.empty()) return Drop::NoFace;
  std::vector<const Face *> by_size;
  for (const Face &face : faces) by_size.push_back(&face);
  std::ranges::stable_sort(by_size, std::ranges::greater(),
                           [](const Face *face) { return size_of(*face); });
  const Face &largest = *by_size.front();
  if (by_size.size() > 1 && size_of(*by_size[1]) > rules.max_other * size_of(largest))
    return Drop::SeveralFaces;
  if (std::min(largest.box.width(), largest.box.height()) < rules.min_face) return Drop::SmallFace;
  if (inside(largest.box, frame) < rules.min_inside) return Drop::OutsideFrame;
  if (largest.mouth_hidden) return Drop::MouthHidden;
  return largest;
}

}  // namespace hyperlips::training
