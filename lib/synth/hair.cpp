// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/hair.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

#include "synth/random.hpp"
#include "synth/shaping.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kColumns = 72, kRows = 22;
constexpr int kTextureWidth = 1024, kTextureHeight = 256;
// The skull of head_mesh.cpp, a little larger.
const cv::Point3f kCentre{0, -0.14f, 0.10f};
const cv::Point3f kRadii{0.545f, 0.625f, 0.645f};
constexpr float kCrownTilt = 0.45f;  // radians that the crown lies behind the top

struct Style {
  int layers = 3;
  float volume = 0.06f;  // over the skull, widths of the face
  float curl = 0;        // 0 straight ... 1 frizzy
  float length = 0;      // y of the tips at sides and back; 0: short hair
  float curtain = 1.2f;  // radians from the front where long hair begins
  float fringe = 0;      // how far the front hair comes down over the forehead
  float recession = 0;   // of the temples
  float sides = 1;       // density over the ears: 0 shaved
  float parting = 0;     // radians; hair is lower there
  float sweep = 0;       // to the side, in turns around the head
};

Style choose(Random &random, const Person &person) {
  Style style;
  const bool woman = random.uniform() < person.femininity;
  style.curl = random.chance(0.3f + 0.4f * person.melanin) ? random.uniform(0.3f, 1)
                                                           : random.uniform(0, 0.2f);
  style.parting = random.uniform(-0.9f, 0.9f);
  const float old = std::clamp((person.age - 35) / 40, 0.f, 1.f);
  if (woman ? random.chance(0.72f) : random.chance(0.08f)) {
    style.length = random.chance(0.4f) ? random.uniform(0.5f, 0.85f) : random.uniform(0.95f, 1.7f);
    style.volume = random.uniform(0.06f, 0.15f);
    style.curtain = random.uniform(0.95f, 1.45f);
    style.fringe = random.chance(0.3f) ? random.uniform(0.10f, 0.20f) : 0;
  } else {
    style.volume =
        random.chance(0.35f) ? random.uniform(0.02f, 0.04f) : random.uniform(0.05f, 0.15f);
    style.fringe = random.chance(0.35f) ? random.uniform(0.04f, 0.15f) : 0;
    style.sides = random.chance(0.4f) ? random.uniform(0.35f, 0.8f) : 1;
  }
  if (style.curl > 0.6f) style.volume = style.volume * 1.4f + 0.05f * person.melanin;
  style.recession =
      woman
          ? 0.02f
          : std::clamp(random.uniform(-0.03f, 0.07f) + 0.12f * old * random.uniform(), 0.f, 0.16f);
  style.sweep = random.uniform(-0.14f, 0.14f);
  style.layers = style.volume < 0.035f ? 2 : 4;
  return style;
}

/// Where short hair ends, by the longitude (0 front ... pi back): y.
float hairline(float longitude, const Style &style, float forehead) {
  struct Knot {
    float angle, y;
  };
  const std::array<Knot, 9> knots{{{0, forehead},
                                   {0.45f, forehead + 0.015f - 0.6f * style.recession},
                                   {0.80f, forehead + 0.10f - style.recession},
                                   {1.05f, -0.10f},
                                   {1.25f, 0.13f},
                                   {1.52f, 0.02f},
                                   {1.85f, 0.10f},
                                   {2.2f, 0.42f},
                                   {kPi + 0.01f, 0.56f}}};
  for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
    if (longitude <= knots[i + 1].angle) {
      return between(knots[i].y, knots[i + 1].y,
                     smooth_step(knots[i].angle, knots[i + 1].angle, longitude));
    }
  }
  return knots.back().y;
}

/// The direction from the skull's centre to the height `y` at a longitude, radii divided out.
cv::Vec3f at_height(float longitude, float y) {
  const float rise = std::clamp((kCentre.y - y) / kRadii.y, -0.93f, 0.95f);
  const float flat = std::sqrt(1 - rise * rise);
  return {flat * std::sin(longitude), -rise, -flat * std::cos(longitude)};
}

/// Part `t` of the way from the crown to a direction.
cv::Vec3f from_crown(const cv::Vec3f &to, float t) {
  const cv::Vec3f crown(0, -std::cos(kCrownTilt), std::sin(kCrownTilt));
  const float angle = std::acos(std::clamp(crown.dot(to), -0.999f, 0.999f));
  return (crown * std::sin((1 - t) * angle) + to * std::sin(t * angle)) / std::sin(angle);
}

cv::Point3f lifted(const cv::Vec3f &direction, float lift) {
  return kCentre + cv::Point3f((kRadii.x + lift) * direction[0], (kRadii.y + lift) * direction[1],
                               (kRadii.z + lift) * direction[2]);
}

/// Smooth noise around a ring.
class RingNoise {
 public:
  RingNoise(Random &random, int count) : values_(static_cast<std::size_t>(count)) {
    for (float &value : values_) value = random.uniform(-1, 1);
  }
  float operator()(float turn) const {
    const auto n = static_cast<float>(values_.size());
    const float at = (turn - std::floor(turn)) * n;
    const auto k = static_cast<std::size_t>(at) % values_.size();
    return between(values_[k], values_[(k + 1) % values_.size()],
                   smooth_step(0, 1, at - std::floor(at)));
  }

 private:
  std::vector<float> values_;
};

/// Where the strands of one layer lie.
class Layer {
 public:
  Layer(const Style &style, const RingNoise (&noise)[3], float forehead, int number, float out)
      : style_(style),
        tufts_(noise[0]),
        fine_(noise[1]),
        ends_(noise[2]),
        forehead_(forehead),
        number_(static_cast<float>(number)),
        out_(out) {}

  /// The longitude of u (the seam is at the back), `v` of the way from root to tip.
  cv::Point3f operator()(float u, float v) const {
    const float turn = u + 0.013f * number_, longitude = (u * 2 - 1) * kPi,
                away = std::abs(longitude);
    const float line = hairline(away, style_, forehead_) +
                       style_.fringe * (1 - smooth_step(0.45f, 0.85f, away)) +
                       0.018f * fine_(turn) * (1 - 0.5f * out_);
    const cv::Point3f p =
        lifted(from_crown(at_height(longitude, line), v), lift(turn, longitude, v));
    const float curtain =
        style_.length > 0 ? smooth_step(style_.curtain - 0.22f, style_.curtain + 0.12f, away) : 0;
    return curtain > 0 ? between(p, falling(turn, longitude, v), curtain) : p;
  }

 private:
  float lift(float turn, float longitude, float t) const {
    const float away = std::abs(longitude);
    const bool hangs = style_.fringe > 0 && away < 0.8f;
    const float rooted =
        smooth_step(0, hangs ? 0.2f : between(0.25f, 0.5f, smooth_step(0.5f, 1.2f, away)),
                    1 - t + (hangs ? 0.15f : 0.f));
    const float part =
        style_.curl < 0.5f ? std::exp(-std::pow((longitude - style_.parting) / 0.10f, 2.f)) : 0;
    float lift =
        style_.volume * out_ * (0.8f + 0.25f * tufts_(turn) + 0.15f * fine_(turn * 2)) * rooted;
    lift *= 1 - 0.6f * part * smooth_step(0.1f, 0.5f, t);
    lift *= between(1.f, style_.sides, smooth_step(0.5f, 0.8f, t) * smooth_step(0.9f, 1.2f, away));
    return 0.004f + 0.002f * number_ + lift +
           style_.curl * 0.02f * out_ * fine_(turn * 3 + t) * rooted;
  }

  /// Long hair: over the skull to its widest place, then down to the tips.
  cv::Point3f falling(float turn, float longitude, float v) const {
    constexpr float kOver = 0.5f;  // of the strand
    const float t = std::min(1.f, v / kOver);
    cv::Point3f p = lifted(from_crown(at_height(longitude, kCentre.y + 0.02f), t),
                           lift(turn, longitude, 0.7f * t));
    if (v <= kOver) return p;
    const float fall = (v - kOver) / (1 - kOver);
    p.y = between(p.y, style_.length + 0.05f * ends_(turn), fall);
    const float swing = 0.05f * std::sin(fall * 4 + ends_(turn) * 3) * (0.3f + style_.curl) * fall;
    p.x *= 1 - 0.16f * fall * (1 - 2.5f * style_.volume) + swing;
    p.z += 0.05f * fall;
    return p;
  }

  const Style &style_;
  const RingNoise &tufts_, &fine_, &ends_;
  float forehead_, number_, out_;
};

Texture paint(Random &random, const Person &person, const Style &style) {
  cv::Mat strands(kTextureHeight, kTextureWidth, CV_32FC1), locks(strands.size(), CV_32FC1);
  // Strands are noise that hardly changes along their length; curls change both ways.
  cv::Mat fine(kTextureHeight, kTextureWidth, CV_32FC1),
      coarse(kTextureHeight / 8, kTextureWidth / 8, CV_32FC1);
  for (auto *noise : {&fine, &coarse}) {
    for (auto it = noise->begin<float>(); it != noise->end<float>(); ++it) *it = random.normal();
  }
  const double along = between(40.0, 3.0, static_cast<float>(std::sqrt(style.curl)));
  cv::GaussianBlur(fine, strands, {}, 0.7 + 0.6 * style.curl, along);
  cv::GaussianBlur(coarse, coarse, {}, 0.8, between(6.0, 0.9, style.curl));
  cv::resize(coarse, locks, strands.size(), 0, 0, cv::INTER_CUBIC);
  for (auto *noise : {&strands, &locks}) {
    cv::Scalar mean, deviation;
    cv::meanStdDev(*noise, mean, deviation);
    *noise = (*noise - mean[0]) / (deviation[0] + 1e-9);
  }
  cv::Mat albedo(strands.size(), CV_32FC3), opacity(strands.size(), CV_32FC1);
  const cv::Vec3f grey(0.33f, 0.34f, 0.34f);
  for (int y = 0; y < kTextureHeight; ++y) {
    const float v = static_cast<float>(y) / (kTextureHeight - 1);
    for (int x = 0; x < kTextureWidth; ++x) {
      const float s = strands.at<float>(y, x), l = locks.at<float>(y, x);
      const float grey_hair =
          std::clamp(person.greyness * 1.7f - 0.35f - 0.3f * fine.at<float>(0, x), 0.f, 1.f);
      const cv::Vec3f base = between(person.hair, grey, grey_hair);
      const float light = std::clamp(0.95f + 0.26f * s + 0.16f * l, 0.25f, 1.9f);
      albedo.at<cv::Vec3f>(y, x) = base * light * (0.85f + 0.25f * v);
      // Tips end at different lengths; where hair grows from the hairline its roots thin out.
      const float longitude = std::abs(static_cast<float>(x) / (kTextureWidth - 1) * 2 - 1) * kPi;
      const float roots =
          style.fringe > 0 && longitude < 0.8f
              ? 0
              : 1 - (style.length > 0 ? smooth_step(style.curtain - 0.3f, style.curtain, longitude)
                                      : smooth_step(1.9f, 2.4f, longitude));
      const float end = 0.94f + between(0.05f, 0.018f, roots) * s + 0.015f * l;
      const float fade = between(0.13f, style.volume < 0.04f ? 0.22f : 0.10f, roots);
      opacity.at<float>(y, x) = std::clamp((end - v) / fade, 0.f, 1.f);
    }
  }
  return {albedo, opacity};
}

}  // namespace

Hair make_hair(std::uint64_t seed, const Person &person, const Landmarks &face) {
  Random random(seed, kStreamHair);
  const Style style = choose(random, person);
  Hair hair;
  if (person.femininity < 0.5f &&
      random.chance(0.06f + 0.10f * std::clamp((person.age - 30) / 40, 0.f, 1.f)))
    return hair;
  hair.texture = paint(random, person, style);
  const float forehead = face[10].y - random.uniform(0.0f, 0.04f);
  const RingNoise noise[3] = {{random, 9}, {random, 31}, {random, 23}};

  for (int layer = style.layers - 1; layer >= 0; --layer) {
    const float out =
        style.layers > 1 ? static_cast<float>(layer) / static_cast<float>(style.layers - 1) : 1;
    const auto base = hair.surface.points.size();
    append(hair.surface, make_grid(kColumns, kRows, Layer(style, noise, forehead, layer, out)));
    const auto index = [&](int row, int column) {
      return base + static_cast<std::size_t>(row * (kColumns + 1) + column);
    };
    for (int row = 0; row <= kRows; ++row) {
      for (int column = 0; column <= kColumns; ++column) {
        const auto i = index(row, column);
        // Each layer shows other strands.
        const float to_root = 1 - hair.surface.uv[i].y;
        hair.surface.uv[i].x +=
            style.sweep * to_root + 0.012f * static_cast<float>(layer) * to_root;
        cv::Point3f along = hair.surface.points[index(std::min(row + 1, kRows), column)] -
                            hair.surface.points[index(std::max(row - 1, 0), column)];
        along *= 1 / std::max(1e-6f, static_cast<float>(std::sqrt(along.dot(along))));
        hair.strands.push_back(along);
        const float v = static_cast<float>(row) / kRows;
        hair.depth.push_back((1 - out) * 0.6f * smooth_step(0.1f, 0.5f, v));
      }
    }
  }
  hair.layer_triangles = hair.surface.triangles.size() / static_cast<std::size_t>(style.layers);
  return hair;
}

void shade_hair(const Lighting &lighting, const Shadows *shadows,
                std::span<const cv::Point3f> normals, std::span<const cv::Point3f> strands,
                std::span<const float> depth, std::span<ScreenPoint> points) {
  const float base = std::max(1e-3f, lighting.lamps[0].colour[1]);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point3f &n = normals[i], &t = strands[i];
    const float open = (shadows ? shadows->open[i] : 1.f) * (1 - 0.55f * depth[i]);
    cv::Vec3f sum = lighting.ground + (lighting.sky - lighting.ground) * (0.5f - 0.5f * n.y);
    sum *= open;
    float highlight = 0;
    for (std::size_t k = 0; k < lighting.lamps.size(); ++k) {
      const Lamp &lamp = lighting.lamps[k];
      const float lit = (shadows ? shadows->lamp[k][i] : 1.f) * (1 - 0.5f * depth[i]);
      const float side = std::clamp(0.35f + 0.65f * n.dot(lamp.direction), 0.f, 1.f);
      const float along = t.dot(lamp.direction);
      sum += lamp.colour * (std::sqrt(std::max(0.f, 1 - along * along)) * side * lit);
      cv::Point3f halfway = lamp.direction + cv::Point3f(0, 0, -1);
      halfway *= 1 / std::max(1e-3f, static_cast<float>(std::sqrt(halfway.dot(halfway))));
      // The lobe is shifted towards the root, because scales of hair lie that way.
      const float across = t.dot(halfway) + 0.12f;
      const float lobe = std::pow(std::max(0.f, 1 - across * across), 24.f);
      highlight += lamp.colour[1] / base * lobe * side * lit;
    }
    points[i].light = Float4{sum[0], sum[1], sum[2], highlight * 3.2f};
  }
}

}  // namespace hyperlips::synth
