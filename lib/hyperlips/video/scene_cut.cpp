// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/video/scene_cut.hpp"

#include <opencv2/imgproc.hpp>

#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

const cv::Size kThumbnail{16, 9};
constexpr int kPoints = 4;  // samples per thumbnail pixel, along each axis
// Mean difference, 0 ... 255. In real clips it is up to 3 within a scene and above 50 at cuts.
constexpr double kCut = 15;
// With a hand-held camera or flicker all differences are large; that of a cut is several times the
// running mean.
constexpr double kStandsOut = 4, kMemory = 0.1;

}  // namespace

bool SceneCut::is_cut(const FrameView &frame) {
  const cv::Size size = kThumbnail * kPoints, whole = frame.size();
  const double x = double(whole.width) / size.width, y = double(whole.height) / size.height;
  const Affine to_frame{{x, 0, x / 2 - 0.5, 0, y, y / 2 - 0.5}};
  cv::Mat thumbnail;
  cv::resize(sample_bgr(frame, to_frame, size, Border::Replicate), thumbnail, kThumbnail, 0, 0,
             cv::INTER_AREA);
  std::swap(last_, thumbnail);
  if (thumbnail.empty()) {
    usual_ = 0;
    return false;
  }
  const double step = cv::norm(last_, thumbnail, cv::NORM_L1) / double(last_.total() * 3);
  const bool cut = step > kCut && step > kStandsOut * usual_;
  usual_ += kMemory * (step - usual_);
  return cut;
}

}  // namespace hyperlips
