// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/mouth_renderer.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/own_mouths/bank_builder.hpp"
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
/// Points at the upper edge of the mask, where the new picture meets the old one.
constexpr std::array kFixed{2,  97,  326, 98,  327, 205, 425, 123, 352,
                            50, 280, 132, 361, 187, 411, 4,   5};

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

/// The landmarks of the target face with the mouth of `frame`.
Landmarks MouthRenderer::placed(std::size_t frame, const Landmarks &target,
                                const HeadPose &pose) const {
  const BankFrame &source = bank_.frames[frame];
  Landmarks result = target;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    const cv::Point3f head = source.pose.to_head(source.landmarks[i]);
    result[i] = pose.to_frame(head);
  }
  for (const int i : kFixed) result[std::size_t(i)] = target[std::size_t(i)];
  return result;
}

RenderedMouth MouthRenderer::render(const ChosenMouth &mouth, const Landmarks &target,
                                    const HeadPose &pose) {
  RenderedMouth made;
  made.landmarks = placed(mouth.frame, target, pose);
  const bool mixed = mouth.mix > 0 && mouth.other != mouth.frame;
  if (mixed) {
    const Landmarks other = placed(mouth.other, target, pose);
    for (std::size_t i = 0; i < kLandmarks; ++i)
      made.landmarks[i] += mouth.mix * (other[i] - made.landmarks[i]);
  }
  const Box own = lower_face_box(target), wanted = lower_face_box(made.landmarks);
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
