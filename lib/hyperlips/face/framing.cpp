// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/framing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "hyperlips/face/head_angles.hpp"

namespace hyperlips {
namespace {

using Point = cv::Vec3d;

struct OutlinePoint {
  int landmark;
  double jaw;  ///< how far it moves down with the lower lip, in gaps between the lips
};

/// The outline of the face, and what stands out in a turned one. The movements are means over real
/// people.
constexpr std::array<OutlinePoint, 42> kOutline{{
    {10, 0},     {109, 0},    {338, 0},    {67, 0},     {297, 0},    {103, 0},    {332, 0},
    {54, 0},     {284, 0},    {21, 0},     {251, 0},    {162, 0},    {389, 0},    {127, 0},
    {356, 0},    {234, 0},    {454, 0},    {93, 0},     {323, 0},    {132, 0},    {361, 0},
    {123, 0},    {352, 0},    {50, 0},     {280, 0},    {4, 0},      {1, 0},      {58, 0.1},
    {288, 0.1},  {172, 0.15}, {397, 0.15}, {136, 0.18}, {365, 0.18}, {150, 0.2},  {379, 0.2},
    {149, 0.25}, {378, 0.25}, {176, 0.3},  {400, 0.3},  {148, 0.35}, {377, 0.35}, {152, 0.35},
}};
constexpr int kUpperLipInner = 13, kLowerLipInner = 14;

// Margins of the steady box, as fractions of its height or width. They keep the size and the rows
// of a face near those of the published box, and a wide open mouth has room: a chin of real
// people reaches 3 to 9 % below the resting one.
constexpr float kTopMargin = 0.02f, kBottomMargin = 0.06f, kSideMargin = 0.02f;

/// The first frame counts as this time, so that an unusual one does not decide the box and the
/// next ones do not move it.
constexpr double kFirstWeight = 0.5;  // seconds
/// The face at rest is that of about this time.
constexpr double kMemory = 10;  // seconds
/// The most by which a frame may differ from the face at rest, in widths of the face: a typical
/// value results as with a median, not pulled by wide open mouths.
constexpr double kMostDifference = 0.04;
constexpr double kLongestFrame = 0.2;  // seconds
constexpr std::size_t kPeople = 64;

Point at(const Landmarks &landmarks, int index) {
  const cv::Point3f &p = landmarks[static_cast<std::size_t>(index)];
  return {p.x, p.y, p.z};
}

using Outline = std::array<Point, kOutline.size()>;

/// The outline of the face in the head's coordinates, with the mouth closed as far as its opening
/// tells.
Outline resting_outline(const Landmarks &landmarks, const Similarity &head) {
  const double gap =
      cv::norm(at(landmarks, kUpperLipInner) - at(landmarks, kLowerLipInner)) / head.scale;
  Outline outline;
  for (std::size_t i = 0; i < outline.size(); ++i) {
    outline[i] = head.inverse(at(landmarks, kOutline[i].landmark));
    outline[i][1] -= kOutline[i].jaw * gap;
  }
  return outline;
}

Box box_of(const Outline &outline, const Similarity &head) {
  constexpr float kFar = std::numeric_limits<float>::max();
  Box box{kFar, kFar, -kFar, -kFar};
  for (const Point &point : outline) {
    const Point p = head(point);
    const auto x = static_cast<float>(p[0]), y = static_cast<float>(p[1]);
    box = {std::min(box.x0, x), std::min(box.y0, y), std::max(box.x1, x), std::max(box.y1, y)};
  }
  const float width = box.width(), height = box.height();
  return {box.x0 - kSideMargin * width, box.y0 - kTopMargin * height, box.x1 + kSideMargin * width,
          box.y1 + kBottomMargin * height};
}

}  // namespace

/// What is known of the face of a track.
struct FaceFraming::Person {
  std::int64_t track = 0;
  Outline rest;
  double known = 0;  ///< seconds; 0: nothing
  double time = 0;   ///< of the last frame

  void learn(const Outline &outline, double now) {
    if (known == 0) {
      rest = outline;
      known = kFirstWeight;
      time = now;
      return;
    }
    const double passed = std::clamp(now - time, 0.0, kLongestFrame);
    time = now;
    known = std::min(known + passed, kMemory);
    for (std::size_t i = 0; i < rest.size(); ++i)
      for (int k = 0; k < 3; ++k)
        rest[i][k] += passed / known *
                      std::clamp(outline[i][k] - rest[i][k], -kMostDifference, kMostDifference);
  }
};

FaceFraming::FaceFraming(Framing framing) : framing_(framing) {}
FaceFraming::~FaceFraming() = default;
FaceFraming::FaceFraming(FaceFraming &&) noexcept = default;
FaceFraming &FaceFraming::operator=(FaceFraming &&) noexcept = default;

void FaceFraming::reset() { people_.clear(); }

Box FaceFraming::box(std::int64_t track, const Landmarks &landmarks, double time) {
  if (framing_ == Framing::Published) return bounding_box(landmarks);
  const Similarity head = head_position(landmarks);
  if (!(head.scale > 0)) return bounding_box(landmarks);
  const auto known = std::ranges::find(people_, track, &Person::track);
  if (known != people_.end()) {
    people_.splice(people_.begin(), people_, known);
  } else {
    people_.emplace_front().track = track;
    if (people_.size() > kPeople) people_.pop_back();
  }
  Person &person = people_.front();
  person.learn(resting_outline(landmarks, head), time);
  return box_of(person.rest, head);
}

Box framed_box(const Landmarks &landmarks, Framing framing) {
  return FaceFraming(framing).box(0, landmarks, 0);
}

}  // namespace hyperlips
