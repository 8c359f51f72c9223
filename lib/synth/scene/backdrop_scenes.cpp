// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/scene/backdrop_scenes.hpp"

#include <algorithm>
#include <cmath>

namespace hyperlips::synth {

cv::Point Scene::pixel_of(cv::Point2f place) const {
  return {cvRound(place.x * scale + origin.x - 0.5f), cvRound(place.y * scale + origin.y - 0.5f)};
}

NoisePlane Scene::plane() const { return {picture.size(), -origin / scale, 1 / scale}; }

void fill_box(Scene &scene, cv::Point2f from, cv::Point2f to, const cv::Vec3f &color) {
  const cv::Point a = scene.pixel_of(from), b = scene.pixel_of(to);
  const cv::Rect box = cv::Rect(a, b) & cv::Rect(0, 0, scene.picture.cols, scene.picture.rows);
  if (!box.empty()) scene.picture(box).setTo(cv::Scalar(color[0], color[1], color[2]));
}

void fill_disc(Scene &scene, cv::Point2f center, float radius, const cv::Vec3f &color,
               float opacity) {
  const cv::Point middle = scene.pixel_of(center);
  const float r = radius * scene.scale;
  const int reach = cvCeil(r) + 1;
  const cv::Rect box = cv::Rect(middle.x - reach, middle.y - reach, 2 * reach + 1, 2 * reach + 1) &
                       cv::Rect(0, 0, scene.picture.cols, scene.picture.rows);
  for (int y = box.y; y < box.br().y; ++y)
    for (int x = box.x; x < box.br().x; ++x) {
      const cv::Point2f d = (scene.place_of(x, y) - center) * scene.scale;
      const float inside = std::clamp(r + 0.5f - std::sqrt(d.dot(d)), 0.0f, 1.0f) * opacity;
      cv::Vec3f &pixel = scene.picture.at<cv::Vec3f>(y, x);
      pixel += inside * (color - pixel);
    }
}

void add_glow(Scene &scene, cv::Point2f center, cv::Point2f radius, const cv::Vec3f &light) {
  for (int y = 0; y < scene.picture.rows; ++y)
    for (int x = 0; x < scene.picture.cols; ++x) {
      const cv::Point2f d = scene.place_of(x, y) - center;
      const float far = d.x * d.x / (radius.x * radius.x) + d.y * d.y / (radius.y * radius.y);
      scene.picture.at<cv::Vec3f>(y, x) += light / ((1 + far) * (1 + far));
    }
}

void mottle(Scene &scene, const Fbm &parameters, float strength) {
  const cv::Mat noise = fbm(scene.plane(), parameters);
  for (int y = 0; y < noise.rows; ++y)
    for (int x = 0; x < noise.cols; ++x)
      scene.picture.at<cv::Vec3f>(y, x) *= std::max(0.05f, 1 + strength * noise.at<float>(y, x));
}

void fall_off(Scene &scene, cv::Point2f bright, float reach, float strength) {
  for (int y = 0; y < scene.picture.rows; ++y)
    for (int x = 0; x < scene.picture.cols; ++x) {
      const cv::Point2f d = (scene.place_of(x, y) - bright) / reach;
      scene.picture.at<cv::Vec3f>(y, x) *= 1 - strength + strength / (1 + d.dot(d));
    }
}

cv::Vec3f color_of(float hue, float saturation, float value) {
  const auto channel = [&](float shift) {
    const float k = std::fmod(hue + shift, 6.0f);
    const float gray = 1 - saturation * std::clamp(std::min(k, 4 - k), 0.0f, 1.0f);
    return value * gray;
  };
  return {channel(1), channel(3), channel(5)};
}

}  // namespace hyperlips::synth
