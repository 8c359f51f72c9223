// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/talking_head.hpp"

#include <array>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "error.hpp"
#include "synth/backdrop.hpp"
#include "synth/camera.hpp"
#include "synth/head_model.hpp"
#include "synth/workers.hpp"

namespace hyperlips::synth {
namespace {

constexpr int kSmallest = 16, kLargest = 16384;
constexpr float kFar = 1e9f;
constexpr float kSmallFace = 150;  // pixels below which a face is drawn larger and then reduced

constexpr std::array<std::uint16_t, 20> kOuterLips{61,  146, 91,  181, 84,  17, 314, 405, 321, 375,
                                                   291, 409, 270, 269, 267, 0,  37,  39,  40,  185};

cv::Size checked(cv::Size frame) {
  for (int length : {frame.width, frame.height}) {
    if (length < kSmallest || length > kLargest) {
      throw Error(ErrorKind::Settings, "A talking head cannot be drawn in " +
                                           std::to_string(frame.width) + "x" +
                                           std::to_string(frame.height) +
                                           " pixels: give a width and a height of 16 to 16384.");
    }
  }
  return frame;
}

}  // namespace

struct TalkingHead::Impl {
  explicit Impl(const TalkingHeadOptions &options);
  void draw(std::uint64_t number, cv::Mat &bgr);
  void fill(HeadTruth &truth) const;
  /// Calls `work` for bands of rows that together are `height`.
  void over_bands(int height, const std::function<void(cv::Range)> &work);

  TalkingHeadOptions options;
  cv::Size frame;
  View view;  // in pixels of the canvas
  int oversampling;
  ToneCurve tone;
  CameraEffects effects;
  Lighting lighting;
  Workers workers;
  HeadModel model;
  Canvas still;     // what does not move
  Canvas canvas;    // with the head
  cv::Mat picture;  // as the camera sees it: CV_8UC3 of the frame's size
};

TalkingHead::Impl::Impl(const TalkingHeadOptions &o)
    : options(o),
      frame(checked(o.frame)),
      view(make_view(o.seed, frame)),
      oversampling(view.scale < kSmallFace ? 2 : 1),
      tone(make_tone(o.seed)),
      effects(o.seed, frame),
      lighting(make_lighting(o.seed)),
      workers(o.threads),
      model(o.seed, lighting, view.scale * static_cast<float>(oversampling)) {
  const auto factor = static_cast<float>(oversampling);
  view.scale *= factor;
  view.centre = (view.centre + cv::Point2f(0.5f, 0.5f)) * factor - cv::Point2f(0.5f, 0.5f);
  const cv::Size size{frame.width * oversampling, frame.height * oversampling};
  still = {tone.apply(make_backdrop(o.seed, size)), cv::Mat(size, CV_32FC1, cv::Scalar(kFar))};
  model.draw_clothes(view, tone, still);
  canvas = {cv::Mat(size, CV_8UC3), cv::Mat(size, CV_32FC1)};
  picture.create(frame, CV_8UC3);
}

void TalkingHead::Impl::over_bands(int height, const std::function<void(cv::Range)> &work) {
  const int bands = workers.count() == 1 ? 1 : workers.count() * 4;
  workers.run(bands, [&](int band) { work({height * band / bands, height * (band + 1) / bands}); });
}

void TalkingHead::Impl::draw(std::uint64_t number, cv::Mat &bgr) {
  over_bands(canvas.bgr.rows, [&](cv::Range rows) {
    still.bgr.rowRange(rows).copyTo(canvas.bgr.rowRange(rows));
    still.depth.rowRange(rows).copyTo(canvas.depth.rowRange(rows));
    for (const Part &part : model.parts()) part.draw_rows(canvas, rows, lighting, tone);
  });
  bgr.create(frame, CV_8UC3);
  cv::Mat &sharp = options.camera_effects ? picture : bgr;
  over_bands(frame.height, [&](cv::Range rows) {
    if (oversampling == 1) return smooth_outlines(canvas, rows, sharp);
    cv::Mat target = sharp.rowRange(rows);
    cv::resize(canvas.bgr.rowRange(rows.start * oversampling, rows.end * oversampling), target,
               target.size(), 0, 0, cv::INTER_AREA);
  });
  if (!options.camera_effects) return;
  over_bands(frame.height, [&](cv::Range rows) { effects.take(sharp, rows, number, bgr); });
  if (effects.compresses()) {
    workers.run(CameraEffects::kParts, [&](int part) { effects.compress(bgr, part); });
  }
}

void TalkingHead::Impl::fill(HeadTruth &truth) const {
  const auto factor = static_cast<float>(oversampling);
  truth.landmarks = model.landmarks();
  for (cv::Point3f &p : truth.landmarks) {
    const cv::Point2f at = view.project(p);
    p = {(at.x + 0.5f) / factor - 0.5f, (at.y + 0.5f) / factor - 0.5f, p.z * view.scale / factor};
  }
  truth.mouth_mask = cv::Mat::zeros(frame, CV_8UC1);
  std::vector<cv::Point> lips;
  constexpr int kShift = 4;
  for (auto i : kOuterLips) {
    lips.emplace_back(static_cast<int>(std::lround(truth.landmarks[i].x * (1 << kShift))),
                      static_cast<int>(std::lround(truth.landmarks[i].y * (1 << kShift))));
  }
  cv::fillPoly(truth.mouth_mask, lips, cv::Scalar(255), cv::LINE_8, kShift);
}

TalkingHead::TalkingHead(const TalkingHeadOptions &options)
    : impl_(std::make_unique<Impl>(options)) {}
TalkingHead::~TalkingHead() = default;
TalkingHead::TalkingHead(TalkingHead &&) noexcept = default;
TalkingHead &TalkingHead::operator=(TalkingHead &&) noexcept = default;

void TalkingHead::draw(const FacePose &pose, std::uint64_t number, cv::Mat &bgr, HeadTruth *truth) {
  impl_->model.pose(pose, impl_->view);
  impl_->draw(number, bgr);
  if (truth) impl_->fill(*truth);
}

}  // namespace hyperlips::synth
