// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <array>
#include <cmath>

#include "synth/head/landmarks.hpp"
#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

// Depth of a furrow of strength 1, in widths of the face, and the light that remains in it.
constexpr float kDepth = 0.0055f;
constexpr std::array kFurrowLight{0.62f, 0.64f, 0.72f};  // B, G, R
constexpr float kJowlHeight = 0.008f, kSagHeight = 0.0013f;
constexpr float kNostrilLight = 0.10f;

class Furrows {
 public:
  Furrows(SkinCanvas &canvas, Random &random)
      : map_(cv::Mat::zeros(canvas.height.size(), CV_32FC1)), canvas_(canvas), random_(random) {}

  /// One line along `points`, each displaced randomly by about `shake`.
  void line(std::vector<cv::Point2f> points, float width, float strength, float shake) {
    if (strength < 0.02f) return;
    for (auto &p : points) p += shake * cv::Point2f(random_.normal(), random_.normal());
    draw_furrow(map_, canvas_.grid, smooth_curve(points, false), width, strength);
  }

  /// A wrinkle: a main line and fainter, shorter ones beside it.
  void fold(const std::vector<cv::Point2f> &points, float width, float strength, float shake) {
    line(points, width, strength, shake);
    line(points, 2.6f * width, 0.35f * strength, shake);
    for (int i = 0; i < 3; ++i) {
      const auto count = static_cast<int>(points.size());
      if (count < 3) break;
      const int from = random_.below(count - 2);
      const int length = 3 + random_.below(std::max(1, count - from - 2));
      std::vector<cv::Point2f> part(points.begin() + from,
                                    points.begin() + std::min(count, from + length));
      const cv::Point2f beside(0.006f * random_.normal(), 0.006f * random_.normal());
      for (auto &p : part) p += beside;
      line(part, 0.5f * width, strength * random_.uniform(0.2f, 0.55f), shake);
    }
  }

  void apply() {
    for (int y = 0; y < map_.rows; ++y) {
      const float *furrow = map_.ptr<float>(y);
      float *height = canvas_.height.ptr<float>(y), *albedo = canvas_.albedo.ptr<float>(y);
      for (int x = 0; x < map_.cols; ++x) {
        height[x] -= kDepth * furrow[x];
        for (int c = 0; c < 3; ++c)
          albedo[3 * x + c] *= 1 - (1 - kFurrowLight[c]) * std::min(furrow[x], 1.5f);
      }
    }
  }

 private:
  cv::Mat map_;
  SkinCanvas &canvas_;
  Random &random_;
};

void add_forehead(Furrows &furrows, Random &random, float old) {
  const int count = 3 + random.below(4);
  const float arch = random.uniform(0.0f, 0.035f);
  for (int i = 0; i < count; ++i) {
    const float level = -0.315f + 0.125f * static_cast<float>(i) / static_cast<float>(count) +
                        0.008f * random.normal();
    const float left = random.uniform(0.2f, 0.5f), right = random.uniform(0.2f, 0.5f);
    std::vector<cv::Point2f> points;
    for (int k = 0; k <= 8; ++k) {
      const float x = -left + (left + right) * static_cast<float>(k) / 8;
      points.push_back({x, level - arch * std::cos(x * 9) + 0.05f * x * x});
    }
    furrows.fold(points, random.uniform(0.0045f, 0.0075f), old * random.uniform(0.25f, 1.0f),
                 0.0035f);
  }
}

void add_frown(Furrows &furrows, Random &random, float old) {
  for (const float side : {-1.0f, 1.0f}) {
    if (random.chance(0.2f)) continue;
    const float x = random.uniform(0.03f, 0.055f);
    furrows.fold({{side * x, -0.095f},
                  {side * (x - 0.005f), -0.13f},
                  {side * x, -0.165f},
                  {side * (x + 0.012f), -0.20f}},
                 0.006f, old * random.uniform(0.2f, 1.0f), 0.003f);
  }
  furrows.fold(
      {{-0.055f, 0.025f}, {-0.025f, 0.035f}, {0, 0.034f}, {0.025f, 0.035f}, {0.055f, 0.025f}},
      0.005f, old * random.uniform(0.0f, 0.6f), 0.003f);
}

void add_crows_feet(Furrows &furrows, Random &random, float side, float old) {
  const cv::Point2f corner = skin_point(landmark::kEyeOuter, side);
  const int count = 4 + random.below(4);
  for (int i = 0; i < count; ++i) {
    const float angle = -0.65f + 1.35f * (static_cast<float>(i) + random.uniform(-0.3f, 0.3f)) /
                                     static_cast<float>(count - 1);
    const float from = random.uniform(0.025f, 0.05f), to = from + random.uniform(0.07f, 0.17f);
    std::vector<cv::Point2f> points;
    for (int k = 0; k <= 4; ++k) {
      const float t = static_cast<float>(k) / 4, r = from + (to - from) * t;
      const float bent = angle + 0.35f * t * t;
      points.push_back(corner + r * cv::Point2f(side * std::cos(bent), std::sin(bent)));
    }
    furrows.fold(points, random.uniform(0.0028f, 0.0045f), old * random.uniform(0.25f, 0.85f),
                 0.002f);
  }
}

void add_eye_folds(SkinCanvas &canvas, Furrows &furrows, Random &random, float side, float old) {
  const float bag = random.uniform(0.1f, 0.5f) + 0.7f * old * random.uniform(0.3f, 1.0f);
  const auto fold = skin_points(landmark::kLowerLidFold, side);
  furrows.line(fold, 0.006f, 0.25f + 0.3f * old, 0.002f);
  furrows.line(skin_points(landmark::kTearTrough, side), 0.014f, 0.3f * bag, 0.003f);
  std::vector<cv::Point2f> under = fold;
  for (auto &p : under) p.y += 0.022f;
  furrows.line(under, 0.011f, 0.45f * bag, 0.003f);
  for (const auto &p : fold)
    add_bell(canvas.height, canvas.grid, p + cv::Point2f(0, 0.006f), {0.03f, 0.013f},
             0.0022f * bag);
  for (int i = 0; i < 4; ++i) {
    std::vector<cv::Point2f> fine(fold.begin() + random.below(3), fold.end());
    const float shift = random.uniform(-0.025f, 0.03f);
    for (auto &p : fine) p.y += shift;
    furrows.line(fine, 0.0025f, old * random.uniform(0.1f, 0.6f), 0.003f);
  }
  furrows.line(skin_points(landmark::kLidCrease, side), random.uniform(0.004f, 0.007f),
               random.uniform(0.5f, 1.0f), 0.0015f);
}

void add_mouth_folds(SkinCanvas &canvas, Furrows &furrows, Random &random, float side, float old) {
  const float nasolabial = 0.10f + 0.12f * random.uniform() + old * random.uniform(0.45f, 1.05f);
  const cv::Point2f top(side * 0.150f, 0.265f), end(side * 0.300f, 0.450f);
  const auto middle = skin_points(landmark::kNasolabialFold, side);
  const std::vector<cv::Point2f> fold{top, middle[0] + cv::Point2f(side * -0.012f, -0.006f),
                                      middle[1], middle[2], end};
  furrows.fold(fold, random.uniform(0.007f, 0.013f), nasolabial, 0.004f);
  // The cheek hangs over it.
  furrows.line(fold, 0.025f, 0.8f * nasolabial, 0.003f);
  std::vector<cv::Point2f> cheek_edge = fold;
  for (auto &p : cheek_edge) p += cv::Point2f(side * 0.035f, -0.012f);
  for (const auto &p : smooth_curve(cheek_edge, false))
    add_bell(canvas.height, canvas.grid, p, {0.028f, 0.028f}, 0.0010f * nasolabial);
  const float marionette = old * random.uniform(0.1f, 0.95f);
  furrows.fold({{side * 0.235f, 0.485f},
                {side * 0.252f, 0.525f},
                {side * 0.274f, 0.575f},
                {side * 0.292f, 0.64f}},
               random.uniform(0.007f, 0.013f), marionette, 0.006f);
  // The corner of the mouth itself.
  furrows.line({{side * 0.195f, 0.470f}, {side * 0.215f, 0.4705f}, {side * 0.236f, 0.480f}}, 0.006f,
               0.5f + 0.3f * old, 0.001f);
  const int cheek = static_cast<int>(old * old * random.uniform(0, 14));
  for (int i = 0; i < cheek; ++i) {
    const float x = random.uniform(0.38f, 0.75f), y = random.uniform(0.2f, 0.5f);
    furrows.fold({{side * x, y},
                  {side * (x + 0.01f), y + 0.05f},
                  {side * x, y + 0.1f},
                  {side * (x - 0.03f), y + 0.15f}},
                 0.004f, old * random.uniform(0.1f, 0.4f), 0.006f);
  }
}

/// The fine lines of old cheeks.
void add_cheek_web(Furrows &furrows, Random &random, float side, float old) {
  const int count = static_cast<int>(old * old * random.uniform(10, 60));
  for (int i = 0; i < count; ++i) {
    cv::Point2f place(side * random.uniform(0.28f, 0.78f), random.uniform(0.12f, 0.62f));
    float angle = 1.9f - 1.2f * place.y + 0.35f * random.normal();
    std::vector<cv::Point2f> points{place};
    for (int k = 0; k < 4; ++k) {
      place +=
          random.uniform(0.015f, 0.045f) * cv::Point2f(side * std::cos(angle), std::sin(angle));
      angle += 0.2f * random.normal();
      points.push_back(place);
    }
    furrows.line(points, random.uniform(0.0022f, 0.004f), old * random.uniform(0.03f, 0.2f), 0);
  }
}

/// Sagging: jowls beside the chin and an uneven surface.
void sag(SkinCanvas &canvas, Furrows &furrows, Random &random, std::uint64_t seed, float old) {
  const float jowl = old * old * random.uniform(0.2f, 1.0f);
  for (const float side : {-1.0f, 1.0f}) {
    add_bell(canvas.height, canvas.grid, {side * 0.40f, 0.60f}, {0.10f, 0.07f}, kJowlHeight * jowl);
    furrows.line({{side * 0.30f, 0.56f},
                  {side * 0.285f, 0.63f},
                  {side * 0.295f, 0.70f},
                  {side * 0.32f, 0.75f}},
                 0.018f, 0.55f * jowl, 0.004f);
  }
  canvas.height +=
      kSagHeight * old * old *
      fbm(canvas.grid.plane(), {layer_seed(seed, SkinLayer::Wrinkles), 0.08f, 3, 0.5f});
}

void add_lip_lines(Furrows &furrows, Random &random, float old) {
  const int count = static_cast<int>(old * old * random.uniform(0, 34));
  for (int i = 0; i < count; ++i) {
    const float x = random.uniform(-0.17f, 0.17f);
    const float edge = 0.412f + 0.9f * x * x, length = random.uniform(0.02f, 0.05f);
    furrows.line({{x, edge}, {1.05f * x, edge - length / 2}, {1.12f * x, edge - length}}, 0.003f,
                 old * random.uniform(0.05f, 0.35f), 0.002f);
  }
}

void add_neck(Furrows &furrows, Random &random, float old) {
  const int count = 2 + random.below(3);
  for (int i = 0; i < count; ++i) {
    const float level = random.uniform(0.92f, 1.22f), droop = random.uniform(-0.02f, 0.06f);
    std::vector<cv::Point2f> points;
    for (int k = 0; k <= 8; ++k) {
      const float x = -0.75f + 1.5f * static_cast<float>(k) / 8;
      points.push_back({x, level - droop * x * x * 2});
    }
    furrows.fold(points, 0.008f, 0.15f + old * random.uniform(0.2f, 0.7f), 0.008f);
  }
}

void darken_nostrils(SkinCanvas &canvas, float side) {
  const auto points = skin_points(landmark::kNostril, side);
  const OutlineDistance nostril =
      distance_to_outline(canvas.grid, smooth_curve(points, true), 0.03f);
  for (int y = 0; y < nostril.rect.height; ++y)
    for (int x = 0; x < nostril.rect.width; ++x) {
      const float dark = smooth_step(0.007f, -0.005f, nostril.distance.at<float>(y, x));
      cv::Vec3f &albedo = canvas.albedo.at<cv::Vec3f>(nostril.rect.tl() + cv::Point(x, y));
      albedo *= 1 - (1 - kNostrilLight) * dark;
    }
}

}  // namespace

void paint_wrinkles(SkinCanvas &canvas, std::uint64_t seed, const Person &person) {
  Random random = layer_random(seed, SkinLayer::Wrinkles);
  Furrows furrows(canvas, random);
  // Dark skin wrinkles later; the random factor stands for sun and smoking.
  const float aged = person.age - 6 * person.melanin;
  const float old = smooth_step(22, 82, aged) * random.uniform(0.7f, 1.25f);
  add_forehead(furrows, random, old);
  add_frown(furrows, random, old);
  add_lip_lines(furrows, random, old);
  add_neck(furrows, random, old);
  sag(canvas, furrows, random, seed, old);
  for (const float side : {-1.0f, 1.0f}) {
    add_crows_feet(furrows, random, side, old);
    add_eye_folds(canvas, furrows, random, side, old);
    add_mouth_folds(canvas, furrows, random, side, old);
    add_cheek_web(furrows, random, side, old);
    darken_nostrils(canvas, side);
  }
  furrows.apply();
}

}  // namespace hyperlips::synth
