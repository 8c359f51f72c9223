// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/synth/talking_head.hpp"

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "synth/head/face_model.hpp"
#include "synth/head/head_model.hpp"
#include "synth/head/landmarks.hpp"
#include "synth/render/camera.hpp"
#include "synth/scene/backdrop.hpp"
#include "util/workers.hpp"

namespace hyperlips::synth {
namespace {

constexpr int kSmallest = 16, kLargest = 16384;
constexpr float kFar = 1e9f;
constexpr float kSmallFace = 150;  // pixels; smaller faces are drawn at twice the size

constexpr auto kOuterLips = landmark::outline(landmark::kLowerLip[0], landmark::kUpperLip[0]);

cv::Size checked(cv::Size frame) {
  for (int length : {frame.width, frame.height}) {
    if (length < kSmallest || length > kLargest) {
      throw Error(ErrorKind::Settings,
                  "Invalid frame size " + std::to_string(frame.width) + "x" +
                      std::to_string(frame.height) +
                      ": expected a width and a height of 16 to 16384 pixels.");
    }
  }
  return frame;
}

/// The pixels that an area covers in a picture reduced by `factor`.
cv::Rect reduced(cv::Rect area, int factor) {
  const cv::Point first(area.x / factor, area.y / factor);
  return {first,
          cv::Point((area.br().x + factor - 1) / factor, (area.br().y + factor - 1) / factor)};
}

}  // namespace

struct TalkingHead::Impl {
  explicit Impl(const TalkingHeadOptions &options);
  void draw(std::uint64_t number, cv::Mat &bgr);
  void fill(HeadTruth &truth) const;
  /// Calls `work` for bands of rows that make up `area`.
  void over_bands(cv::Rect area, const std::function<void(cv::Rect)> &work);

  TalkingHeadOptions options;
  cv::Size frame;
  View view;  // in pixels of the framebuffer
  int oversampling;
  ToneCurve tone;
  CameraEffects effects;
  Lighting lighting;
  Workers workers;
  HeadModel model;
  Framebuffer still;        // background and clothes, which do not move
  Framebuffer framebuffer;  // with the head
  cv::Mat picture;          // as the camera sees it: CV_8UC3 of the frame's size
  cv::Rect covered;         // by the last head, in pixels of the frame
};

TalkingHead::Impl::Impl(const TalkingHeadOptions &o)
    : options(o),
      frame(checked(o.frame)),
      view(make_view(o.seed, frame)),
      oversampling(view.scale < kSmallFace ? 2 : 1),
      effects(o.seed, frame),
      lighting(make_lighting(o.seed)),
      workers(o.threads),
      model(o.seed, lighting, view.scale * static_cast<float>(oversampling)) {
  const auto factor = static_cast<float>(oversampling);
  view.scale *= factor;
  view.center = (view.center + cv::Point2f(0.5f, 0.5f)) * factor - cv::Point2f(0.5f, 0.5f);
  model.pose({}, view);
  tone = make_tone(o.seed, model.brightness());
  const cv::Size size{frame.width * oversampling, frame.height * oversampling};
  still = {tone.apply(make_backdrop(o.seed, size)), cv::Mat(size, CV_32FC1, cv::Scalar(kFar))};
  model.draw_clothes(view, tone, still);
  framebuffer = {cv::Mat(size, CV_8UC3), cv::Mat(size, CV_32FC1)};
  picture.create(frame, CV_8UC3);
}

void TalkingHead::Impl::over_bands(cv::Rect area, const std::function<void(cv::Rect)> &work) {
  // More than one band, because cv::GaussianBlur of a whole image and of a part of it differ.
  const int bands = workers.count() * 4;
  workers.run(bands, [&](int band) {
    const int top = area.height * band / bands, bottom = area.height * (band + 1) / bands;
    if (bottom > top) work({area.x, area.y + top, area.width, bottom - top});
  });
}

void TalkingHead::Impl::draw(std::uint64_t number, cv::Mat &bgr) {
  // Pixels that neither this head nor the last one covers are still valid.
  const cv::Rect all({0, 0}, frame);
  const cv::Rect now = reduced(model.bounds(framebuffer.bgr.size()), oversampling) & all;
  const cv::Rect changed = covered.empty() ? all : covered | now;
  covered = now;
  over_bands(changed, [&](cv::Rect area) {
    const cv::Rect large(area.x * oversampling, area.y * oversampling, area.width * oversampling,
                         area.height * oversampling);
    still.bgr(large).copyTo(framebuffer.bgr(large));
    still.depth(large).copyTo(framebuffer.depth(large));
    const cv::Range rows(large.y, large.y + large.height);
    for (const MeshInstance &instance : model.instances())
      instance.draw_rows(framebuffer, rows, lighting, tone);
    if (oversampling > 1) {
      cv::Mat target = picture(area);
      cv::resize(framebuffer.bgr(large), target, target.size(), 0, 0, cv::INTER_AREA);
    }
  });
  if (oversampling == 1) {
    over_bands(changed, [&](cv::Rect area) { smooth_outlines(framebuffer, area, picture); });
  }
  bgr.create(frame, CV_8UC3);
  over_bands(all, [&](cv::Rect area) {
    const cv::Range rows(area.y, area.y + area.height);
    if (options.camera_effects) return effects.take(picture, rows, number, bgr);
    picture.rowRange(rows).copyTo(bgr.rowRange(rows));
  });
  if (options.camera_effects && effects.compresses()) {
    workers.run(CameraEffects::kParts, [&](int instance) { effects.compress(bgr, instance); });
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
