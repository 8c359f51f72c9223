// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/talking_head.hpp"

#include <opencv2/imgproc.hpp>

#include "synth/face_model.hpp"

namespace hyperlips::synth {

struct TalkingHead::Impl {
  TalkingHeadOptions options;
};
TalkingHead::TalkingHead(const TalkingHeadOptions &options) : impl_(new Impl{options}) {}
TalkingHead::~TalkingHead() = default;
TalkingHead::TalkingHead(TalkingHead &&) noexcept = default;
TalkingHead &TalkingHead::operator=(TalkingHead &&) noexcept = default;
void TalkingHead::draw(const FacePose &pose, std::uint64_t, cv::Mat &bgr, HeadTruth *truth) {
  bgr.create(impl_->options.frame, CV_8UC3);
  bgr.setTo(cv::Scalar(90, 100, 110));
  const float scale = 0.45f * static_cast<float>(bgr.rows);
  Landmarks points;
  for (std::size_t i = 0; i < kLandmarks; ++i) {
    points[i] = kMeanFace[i] * scale + cv::Point3f(0.5f * bgr.cols, 0.4f * bgr.rows, 0);
  }
  for (const auto &t : kFaceTriangles) {
    std::vector<cv::Point> triangle;
    for (auto i : t) triangle.emplace_back(points[i].x, points[i].y);
    cv::fillConvexPoly(bgr, triangle, cv::Scalar(120, 150, 200 - 40 * pose.mouth.opening));
  }
  if (truth) {
    truth->landmarks = points;
    truth->mouth_mask = cv::Mat::zeros(bgr.size(), CV_8UC1);
  }
}

}  // namespace hyperlips::synth
