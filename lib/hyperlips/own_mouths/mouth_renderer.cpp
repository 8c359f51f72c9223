// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/mouth_renderer.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/own_mouths/smooth_warp.hpp"

namespace hyperlips {
namespace {

constexpr std::size_t kCache = 8;  ///< decoded pictures
constexpr float kSmoothness = 0.02f;

/// Points that the new mouth moves: lips, chin and jaw.
constexpr std::array kMoving{61,  40,  37,  0,   267, 270, 291, 321, 314, 17,  84,  91,
                             78,  82,  13,  312, 308, 317, 14,  87,  58,  172, 136, 150,
                             149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 18,
                             200, 199, 204, 424, 57,  287, 43,  273, 164, 167, 393};
/// Points below the opening of the mouth, and how far they follow it. Lips follow less toward their
/// corners.
struct Follower {
  int landmark;
  float weight;
};
constexpr std::array<Follower, 9> kLowerLip{
    {{91, 1}, {84, 1}, {17, 1}, {314, 1}, {321, 1}, {87, 1}, {14, 1}, {317, 1}, {18, 0.9f}}};
constexpr std::array<Follower, 11> kChin{{{200, 0.7f},
                                          {199, 0.6f},
                                          {152, 0.5f},
                                          {148, 0.5f},
                                          {377, 0.5f},
                                          {176, 0.4f},
                                          {400, 0.4f},
                                          {149, 0.3f},
                                          {378, 0.3f},
                                          {150, 0.2f},
                                          {379, 0.2f}}};

/// Opens a mouth further by `open` widths of the head.
void open_mouth(Landmarks &head, float open) {
  const float left = head[61].x, width = std::max(head[291].x - left, 1e-3f);
  for (const Follower &lip : kLowerLip) {
    const float across = 2 * (head[std::size_t(lip.landmark)].x - left) / width - 1;
    head[std::size_t(lip.landmark)].y += open * lip.weight * std::max(0.0f, 1 - across * across);
  }
  for (const Follower &chin : kChin) head[std::size_t(chin.landmark)].y += open * chin.weight;
}

/// Points at the upper edge of the mask, where the new picture meets the old one.
constexpr std::array kFixed{2,  97,  326, 98,  327, 205, 425, 123, 352,
                            50, 280, 132, 361, 187, 411, 4,   5};

/// What the mask of lower_face_mask() covers of a face.
Box drawn_box(const Landmarks &landmarks) {
  // Of the width: room below the lower one of two chins.
  constexpr float kMargin = 0.12f;
  Box box = bounding_box(landmarks, kJawLine);
  box.y0 = bounding_box(landmarks, kUnderNose).y0;
  const float margin = kMargin * box.width();
  return {box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin};
}

}  // namespace

const cv::Mat &MouthRenderer::picture(std::size_t frame) {
  const auto found = std::ranges::find(pictures_, frame, &std::pair<std::size_t, cv::Mat>::first);
  if (found != pictures_.end()) {
    pictures_.splice(pictures_.begin(), pictures_, found);
  } else {
    pictures_.emplace_front(frame, picture_of(bank_, frame));
    if (pictures_.size() > kCache) pictures_.pop_back();
  }
  return pictures_.front().second;
}

/// The landmarks of the target face with a mouth of the bank.
Landmarks MouthRenderer::placed(const ChosenMouth &mouth, const Landmarks &target,
                                const HeadPose &pose) const {
  const auto in_bank = [&](std::size_t frame) {
    return in_head(bank_.frames[frame].landmarks, bank_.frames[frame].pose);
  };
  Landmarks head = in_bank(mouth.frame);
  if (mouth.mix > 0) {
    const Landmarks other = in_bank(mouth.other);
    for (std::size_t i = 0; i < kLandmarks; ++i) head[i] += mouth.mix * (other[i] - head[i]);
  }
  open_mouth(head, mouth.open);
  Landmarks result;
  for (std::size_t i = 0; i < kLandmarks; ++i) result[i] = pose.to_frame(head[i]);
  for (const int i : kFixed) result[std::size_t(i)] = target[std::size_t(i)];
  return result;
}

RenderedMouth MouthRenderer::render(const ChosenMouth &mouth, const Landmarks &target,
                                    const HeadPose &pose) {
  RenderedMouth made;
  made.landmarks = placed(mouth, target, pose);
  const bool mixed = mouth.mix > 0 && mouth.other != mouth.frame;
  const Box own = drawn_box(target), wanted = drawn_box(made.landmarks);
  const cv::Point from(int(std::floor(std::min(own.x0, wanted.x0))),
                       int(std::floor(std::min(own.y0, wanted.y0))));
  const cv::Point to(int(std::ceil(std::max(own.x1, wanted.x1))),
                     int(std::ceil(std::max(own.y1, wanted.y1))));
  made.rect = {from, to};
  std::vector<cv::Point2f> goal;
  const auto flat = [](const Landmarks &landmarks) {
    std::vector<cv::Point2f> points;
    for (const int i : kMoving)
      points.emplace_back(landmarks[std::size_t(i)].x, landmarks[std::size_t(i)].y);
    for (const int i : kFixed)
      points.emplace_back(landmarks[std::size_t(i)].x, landmarks[std::size_t(i)].y);
    return points;
  };
  goal = flat(made.landmarks);
  made.picture = smooth_warp(picture(mouth.frame), flat(bank_.frames[mouth.frame].landmarks), goal,
                             made.rect, kSmoothness);
  if (mixed) {
    const cv::Mat other =
        smooth_warp(picture(mouth.other), flat(bank_.frames[mouth.other].landmarks), goal,
                    made.rect, kSmoothness);
    cv::addWeighted(made.picture, 1 - mouth.mix, other, mouth.mix, 0, made.picture);
  }
  return made;
}

}  // namespace hyperlips
