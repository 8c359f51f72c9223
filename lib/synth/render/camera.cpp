// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/render/camera.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "synth/random_streams.hpp"

namespace hyperlips::synth {
namespace {

constexpr int kNoiseSize = 1 << 20;

}  // namespace

View make_view(std::uint64_t seed, cv::Size frame) {
  Random random(seed, kStreamCamera);
  View view;
  view.distance = random.uniform(4.5f, 11);
  const auto width = static_cast<float>(frame.width), height = static_cast<float>(frame.height);
  // Face, hair and shoulders fit in frames of any shape.
  view.scale =
      std::min(height * random.uniform(0.28f, 0.43f), width * random.uniform(0.42f, 0.52f));
  const float room = std::max(0.f, width / 2 - 0.95f * view.scale);
  view.center.x = width / 2 + room * random.uniform(-0.45f, 0.45f);
  view.center.y = height * random.uniform(0.44f, 0.52f);
  view.yaw = std::clamp(random.normal() * 0.13f, -0.32f, 0.32f);
  view.pitch = std::clamp(random.normal() * 0.06f, -0.15f, 0.15f);
  view.roll = std::clamp(random.normal() * 0.03f, -0.08f, 0.08f);
  return view;
}

ToneCurve make_tone(std::uint64_t seed, float brightness) {
  Random random(seed, kStreamCamera + 1000);
  // Below 1: automatic exposure does not make all faces equally bright. Chosen.
  constexpr float kMetering = 0.58f;
  const float wanted = random.uniform(0.17f, 0.36f), contrast = random.uniform(0, 0.7f);
  const float exposure = std::pow(wanted / std::max(0.01f, brightness), kMetering);
  const float warm = std::clamp(random.normal() * 0.05f, -0.12f, 0.12f);
  const float green = std::clamp(random.normal() * 0.015f, -0.03f, 0.03f);
  return {exposure, contrast, {1 - warm, 1 + green, 1 + warm}};
}

CameraEffects::CameraEffects(std::uint64_t seed, cv::Size frame) : seed_(seed) {
  Random random(seed, kStreamCamera + 2000);
  const float resolution = static_cast<float>(frame.height) / 720;
  blur_ = random.chance(0.6f) ? random.uniform(0.3f, 1.5f) * resolution : 0;
  if (random.chance(0.35f)) quality_ = 35 + random.below(55);
  const float noise = random.chance(0.75f) ? random.uniform(0.5f, 5.5f) : 0;
  if (noise > 0) {
    Random values(seed, kStreamNoise);
    brighter_.create(1, kNoiseSize, CV_8UC1);
    darker_.create(1, kNoiseSize, CV_8UC1);
    for (int i = 0; i < kNoiseSize; ++i) {
      const int value =
          static_cast<int>(std::lround(std::clamp(values.normal(), -4.f, 4.f) * noise));
      brighter_.at<std::uint8_t>(i) = static_cast<std::uint8_t>(std::max(0, value));
      darker_.at<std::uint8_t>(i) = static_cast<std::uint8_t>(std::max(0, -value));
    }
  }
}

void CameraEffects::take(const cv::Mat &sharp, cv::Range rows, std::uint64_t number,
                         cv::Mat &bgr) const {
  cv::Mat target = bgr.rowRange(rows);
  if (blur_ > 0.25f) {
    cv::GaussianBlur(sharp.rowRange(rows), target, {}, blur_);  // reads the rows around these
  } else {
    sharp.rowRange(rows).copyTo(target);
  }
  add_sensor_noise(bgr, rows, number);
}

void CameraEffects::add_sensor_noise(cv::Mat &bgr, cv::Range rows, std::uint64_t number) const {
  if (brighter_.empty()) return;
  const int count = bgr.cols * 3;
  for (int y = rows.start; y < rows.end; ++y) {
    Random random(seed_ + number, kStreamNoise + 1000 + static_cast<std::uint64_t>(y));
    auto *pixel = bgr.ptr<std::uint8_t>(y);
    for (int done = 0; done < count;) {
      const int some = std::min(count - done, kNoiseSize / 4);
      const int from = random.below(kNoiseSize - some);
      const auto *up = brighter_.ptr<std::uint8_t>() + from,
                 *down = darker_.ptr<std::uint8_t>() + from;
      for (int i = 0; i < some; ++i) {
        const int value = pixel[done + i] + up[i];
        const int clipped = (value > 255 ? 255 : value) - down[i];
        pixel[done + i] = static_cast<std::uint8_t>(clipped < 0 ? 0 : clipped);
      }
      done += some;
    }
  }
}

void CameraEffects::compress(cv::Mat &bgr, int part) const {
  constexpr int kBlock = 16;
  const int blocks = (bgr.rows + kBlock - 1) / kBlock;
  const cv::Range rows(std::min(bgr.rows, blocks * part / kParts * kBlock),
                       std::min(bgr.rows, blocks * (part + 1) / kParts * kBlock));
  if (rows.empty()) return;
  std::vector<std::uint8_t> bytes;
  const cv::Mat pixels = bgr.rowRange(rows);
  cv::imencode(".jpg", pixels, bytes, {cv::IMWRITE_JPEG_QUALITY, quality_});
  cv::imdecode(bytes, cv::IMREAD_COLOR).copyTo(pixels);
}

}  // namespace hyperlips::synth
