// SPDX-License-Identifier: LGPL-2.1-or-later
// Synthetic heads that move freely in a frame and cover each other. They need libhyperlips-synth.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "hyperlips/face/face_motion.hpp"
#include "hyperlips/synth/talking_head.hpp"

namespace hyperlips::test {

/// A synthetic person, cut out with a soft edge.
class PastedHead {
 public:
  /// Draws a head for each of `poses`; `side`: of the square pictures, the face has about a third
  /// of it.
  PastedHead(std::uint64_t seed, const std::vector<FacePose> &poses, int side = 400) {
    synth::TalkingHead head({.seed = seed, .frame = {side, side}});
    for (std::size_t i = 0; i < poses.size(); ++i) {
      synth::HeadTruth truth;
      Picture &picture = pictures_.emplace_back();
      head.draw(poses[i], i, picture.bgr, &truth);
      picture.landmarks = truth.landmarks;
    }
  }

  /// Draws picture `index`, counted around, with the middle of the face at `center`, over a CV_8UC3
  /// frame. Returns the true landmarks.
  Landmarks draw(cv::Mat &frame, cv::Point2f center, std::size_t index = 0) const {
    const Picture &picture = pictures_[index % pictures_.size()];
    const Box box = bounding_box(picture.landmarks);
    const cv::Point shift(cvRound(center.x - box.center().x), cvRound(center.y - box.center().y));
    // Hair and ears belong to the head.
    const cv::Point2f middle(box.center().x, box.center().y - 0.1f * box.height());
    const float a = 0.78f * box.width(), b = 0.85f * box.height();
    const cv::Rect all(cv::Point(), picture.bgr.size());
    const cv::Rect drawn = (all + shift) & cv::Rect(cv::Point(), frame.size());
    for (int y = drawn.y; y < drawn.br().y; ++y) {
      for (int x = drawn.x; x < drawn.br().x; ++x) {
        const cv::Point from = cv::Point(x, y) - shift;
        const float r = std::hypot((float(from.x) - middle.x) / a, (float(from.y) - middle.y) / b);
        const float opaque = std::clamp((1 - r) * 20, 0.0f, 1.0f);
        if (opaque <= 0) continue;
        auto &to = frame.at<cv::Vec3b>(y, x);
        const auto &color = picture.bgr.at<cv::Vec3b>(from);
        for (int k = 0; k < 3; ++k)
          to[k] = cv::saturate_cast<uchar>(float(to[k]) + opaque * float(color[k] - to[k]));
      }
    }
    return moved(picture.landmarks, {float(shift.x), float(shift.y)});
  }

 private:
  struct Picture {
    cv::Mat bgr;
    Landmarks landmarks;
  };

  std::vector<Picture> pictures_;
};

/// Poses of a person who speaks and moves a little.
inline std::vector<FacePose> speaking_poses(int count = 8) {
  std::vector<FacePose> poses;
  poses.resize(std::size_t(count));
  for (int i = 0; i < count; ++i) {
    const float turn = 2 * float(CV_PI) * float(i) / float(count);
    FacePose &pose = poses[std::size_t(i)];
    pose.mouth.jaw = 0.3f - 0.3f * std::cos(2 * turn);
    pose.mouth.opening = 0.25f * pose.mouth.jaw;
    pose.yaw = 0.08f * std::sin(turn);
    pose.pitch = 0.04f * std::cos(turn);
  }
  return poses;
}

}  // namespace hyperlips::test
