// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/scene/backdrop.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "synth/random_streams.hpp"
#include "synth/scene/backdrop_scenes.hpp"

namespace hyperlips::synth {

namespace {

struct Kind {
  void (*draw)(Scene &, Random &);
  float chance;
  float sharpest, softest;  // radius of the circle of confusion, in heights of the frame
};
constexpr std::array kKinds{
    Kind{draw_studio, 0.11f, 0.01f, 0.02f},        Kind{draw_wall, 0.12f, 0.002f, 0.012f},
    Kind{draw_room, 0.15f, 0.005f, 0.028f},        Kind{draw_office, 0.12f, 0.006f, 0.03f},
    Kind{draw_bookshelf, 0.08f, 0.004f, 0.022f},   Kind{draw_curtain, 0.06f, 0.003f, 0.015f},
    Kind{draw_city_lights, 0.08f, 0.012f, 0.012f}, Kind{draw_foliage, 0.09f, 0.008f, 0.03f},
    Kind{draw_landscape, 0.08f, 0.004f, 0.022f},   Kind{draw_gel_lights, 0.05f, 0.01f, 0.02f},
    Kind{draw_street, 0.06f, 0.008f, 0.028f},
};
// Scenes are drawn at a resolution at which the blur has this radius in pixels.
constexpr float kDrawnRadius = 3.5f;
constexpr float kBrightest = 1.2f;
constexpr int kLargest = 16384;

cv::Mat aperture(float radius) {
  const int half = cvCeil(radius + 0.5f);
  cv::Mat kernel(2 * half + 1, 2 * half + 1, CV_32FC1);
  for (int y = -half; y <= half; ++y)
    for (int x = -half; x <= half; ++x)
      kernel.at<float>(y + half, x + half) = std::clamp(
          radius + 0.5f - std::hypot(static_cast<float>(x), static_cast<float>(y)), 0.0f, 1.0f);
  return kernel / cv::sum(kernel)[0];
}

}  // namespace

cv::Mat make_backdrop(std::uint64_t seed, cv::Size frame) {
  if (frame.width < 1 || frame.height < 1 || frame.width > kLargest || frame.height > kLargest)
    throw Error(ErrorKind::Settings, "Invalid backdrop size " + std::to_string(frame.width) + "x" +
                                         std::to_string(frame.height) +
                                         ": expected a width and a height of 1 to " +
                                         std::to_string(kLargest) + " pixels.");
  Random random(seed, kStreamBackdrop);
  const Kind *kind = &kKinds.front();
  float draw = random.uniform();
  for (const Kind &candidate : kKinds) {
    kind = &candidate;
    if ((draw -= candidate.chance) < 0) break;
  }
  const float blur = kind->sharpest * std::pow(kind->softest / kind->sharpest, random.uniform());
  const float height = static_cast<float>(frame.height);
  const float drawn_height = std::min(height, kDrawnRadius / blur);
  const float radius = blur * drawn_height;

  // The blur needs the surroundings of the frame.
  const int margin = cvCeil(radius) + 2;
  Scene scene;
  scene.scale = drawn_height;
  const float scale = drawn_height / height;
  const cv::Size inside(std::max(1, cvRound(static_cast<float>(frame.width) * scale)),
                        std::max(1, cvRound(drawn_height)));
  scene.picture.create(inside.height + 2 * margin, inside.width + 2 * margin, CV_32FC3);
  scene.picture.setTo(0);
  scene.origin = {static_cast<float>(margin) + 0.5f * static_cast<float>(inside.width),
                  static_cast<float>(margin)};
  scene.seed = random.bits();
  kind->draw(scene, random);

  cv::Mat blurred, picture;
  cv::filter2D(scene.picture, blurred, -1, aperture(radius), {-1, -1}, 0, cv::BORDER_REPLICATE);
  cv::resize(blurred(cv::Rect({margin, margin}, inside)), picture, frame, 0, 0, cv::INTER_CUBIC);
  cv::max(picture, cv::Scalar::all(0), picture);
  cv::min(picture, cv::Scalar::all(kBrightest), picture);
  return picture;
}

}  // namespace hyperlips::synth
