// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/clothes/torso.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kAround = 2 * std::numbers::pi_v<float> / 3;  // to each side of the front

/// A soft crease in cloth, seen from the front.
struct Fold {
  cv::Point2f start, direction;
  float length, width, height;

  float at(cv::Point2f p) const {
    const cv::Point2f d = p - start;
    const float along = d.dot(direction), across = d.x * direction.y - d.y * direction.x;
    if (along < -0.1f || along > length * 1.1f || std::abs(across) > 0.6f) return 0;
    const float s = along / length;
    const float w = width * (0.6f + 0.9f * std::max(0.f, s));
    const float fade = smooth_step(-0.08f, 0.25f, s) * (1 - smooth_step(0.35f, 1.05f, s));
    const float t = across / w;
    return height * fade * (bump(t, 1) - 0.7f * bump(t - 1.9f, 1.1f));
  }
};

std::vector<Fold> make_folds(Random &random, float strength) {
  std::vector<Fold> folds;
  const auto add = [&](cv::Point2f start, float angle, float length, float width, float height) {
    folds.push_back({start, {std::cos(angle), std::sin(angle)}, length, width, height * strength});
  };
  for (float side : {-1.f, 1.f}) {
    // From the armpits towards the chest, and down the sleeves.
    const int pulls = 2 + random.below(3);
    for (int k = 0; k < pulls; ++k) {
      const float angle = random.uniform(-0.35f, 0.9f);
      add({side * random.uniform(1.0f, 1.15f), random.uniform(1.95f, 2.2f)},
          side > 0 ? std::numbers::pi_v<float> - angle : angle, random.uniform(0.4f, 0.9f),
          random.uniform(0.03f, 0.06f), random.uniform(0.012f, 0.03f));
    }
    const int sleeve = 2 + random.below(3);
    for (int k = 0; k < sleeve; ++k) {
      add({side * random.uniform(1.25f, 1.5f), random.uniform(1.7f, 2.4f)},
          std::numbers::pi_v<float> / 2 + side * random.uniform(-0.1f, 0.7f),
          random.uniform(0.4f, 0.8f), random.uniform(0.03f, 0.055f),
          random.uniform(0.012f, 0.028f));
    }
    // From the shoulder down the chest.
    const int hangs = 1 + random.below(3);
    for (int k = 0; k < hangs; ++k) {
      add({side * random.uniform(0.55f, 0.95f), random.uniform(1.5f, 1.75f)},
          std::numbers::pi_v<float> / 2 + side * random.uniform(-0.1f, 0.5f),
          random.uniform(0.5f, 1.1f), random.uniform(0.045f, 0.08f), random.uniform(0.008f, 0.02f));
    }
  }
  return folds;
}

/// Joins the torso to the neck without an edge: a fillet at the neck, and above it the torso is
/// hidden inside the neck.
cv::Point3f round_neck(cv::Point3f p) {
  const NeckRing neck = neck_under(p.y);
  const float x = p.x / neck.half_width, z = (p.z - neck.z) / neck.half_depth;
  const float radius = std::max(1e-3f, std::sqrt(x * x + z * z));
  const float distance = (radius - 1) * neck.half_depth;
  const float hidden = -0.05f + 0.058f * smooth_step(1.12f, 1.45f, p.y) -
                       0.15f * (1 - smooth_step(0.95f, 1.14f, p.y)) -
                       0.2f * smooth_step(1.55f, 1.7f, p.y);
  constexpr float kFillet = 0.14f;
  const float near = std::max(0.f, 1 - std::abs(distance - hidden) / kFillet);
  const float target =
      std::max(distance, hidden) + near * near * kFillet / 4 * smooth_step(1.05f, 1.42f, p.y);
  const float grow = (1 + target / neck.half_depth) / radius;
  p.x *= grow;
  p.z = neck.z + (p.z - neck.z) * grow;
  return p;
}

}  // namespace

float Neckline::below(float x, float y) const {
  constexpr float kFar = 0.15f, kSteep = 2.5f;
  if (y > front_y + kFar) return y - front_y;
  const float q = std::abs(x) / side_x, drop = front_y - side_y;
  const float bent = q < 1 ? std::pow(q, power - 1) : 0;
  const float line = q < 1 ? side_y + drop * (1 - bent * q) : side_y - kSteep * (q - 1) * side_x;
  const float slope = q < 1 ? drop * power * bent / side_x : kSteep;
  return (y - line) / std::sqrt(1 + slope * slope);
}

Torso::Torso(Random &random, const Person &person) {
  const auto vary = [&random](float amount) {
    return amount * std::clamp(random.normal(), -2.f, 2.f);
  };
  const float woman = person.femininity;
  const float width = 1 - 0.085f * woman + vary(0.035f), slope = 1 + vary(0.14f) + 0.1f * woman;
  const float muscle = vary(0.025f) - 0.02f * woman, stout = 1 + vary(0.08f);
  bust_ = woman * random.uniform(0.06f, 0.17f) + (1 - woman) * random.uniform(0.01f, 0.04f);
  bust_x_ = 0.50f * width;
  control_ = {{0.275f, 0.90f, -0.150f, 0.08f, 0.29f}, {0.295f, 1.00f, -0.165f, 0.10f, 0.33f},
              {0.375f, 1.10f, -0.175f, 0.13f, 0.38f}, {0.56f, 1.20f, -0.185f, 0.18f, 0.46f},
              {0.85f, 1.305f, -0.200f, 0.22f, 0.53f}, {1.14f, 1.41f, -0.250f, 0.23f, 0.58f},
              {1.36f, 1.54f, -0.310f, 0.21f, 0.60f},  {1.50f, 1.74f, -0.380f, 0.18f, 0.62f},
              {1.56f, 2.02f, -0.440f, 0.15f, 0.62f},  {1.59f, 2.40f, -0.470f, 0.15f, 0.60f},
              {1.61f, 2.85f, -0.460f, 0.15f, 0.58f},  {1.62f, 3.30f, -0.450f, 0.15f, 0.56f}};
  for (Ring &r : control_) {
    const float out = smooth_step(0.45f, 1.0f, r.half_width);
    r.half_width *= 1 + (width - 1) * out;
    if (r.y > 1.15f)
      r.y = 1.15f + (r.y - 1.15f) * (1 + (slope - 1) * (1 - smooth_step(1.7f, 2.6f, r.y)));
    r.y -= muscle * bump(r.half_width - 0.75f, 0.25f);
    r.front *= 1 + (stout - 1) * smooth_step(1.5f, 2, r.y);
  }
  // Rows at even distances along the outline.
  constexpr int kFine = 1200;
  std::vector<float> length{0};
  for (int i = 1; i <= kFine; ++i) {
    const Ring a = ring(static_cast<float>(i - 1) / kFine), b = ring(static_cast<float>(i) / kFine);
    length.push_back(length.back() + std::hypot(b.half_width - a.half_width, b.y - a.y));
  }
  int i = 0;
  for (int row = 0; row <= kRows; ++row) {
    const float at = length.back() * static_cast<float>(row) / kRows;
    while (i + 1 < kFine && length[static_cast<std::size_t>(i) + 1] < at) ++i;
    rings_.push_back(ring((static_cast<float>(i) + (at - length[static_cast<std::size_t>(i)]) /
                                                       (length[static_cast<std::size_t>(i) + 1] -
                                                        length[static_cast<std::size_t>(i)])) /
                          kFine));
  }
}

/// Catmull-Rom spline through the control rings.
Torso::Ring Torso::ring(float t) const {
  const auto last = static_cast<int>(control_.size()) - 1;
  const float place = t * static_cast<float>(last);
  const int k = std::min(static_cast<int>(place), last - 1);
  const float f = place - static_cast<float>(k);
  const auto get = [&](float Ring::*value) {
    const auto at = [&](int i) {
      return control_[static_cast<std::size_t>(std::clamp(i, 0, last))].*value;
    };
    return catmull_rom(at(k - 1), at(k), at(k + 1), at(k + 2), f);
  };
  return {get(&Ring::half_width), get(&Ring::y), get(&Ring::front), get(&Ring::side),
          get(&Ring::back)};
}

void Torso::dress(Random &random, const TorsoFit &fit) {
  const std::vector<Fold> folds = make_folds(random, fit.folds);
  const float wave_x = random.uniform(0, 6), wave_y = random.uniform(0, 6);
  mesh_ = make_grid(kColumns, kRows, [&](float u, float v) {
    const Ring &r = rings_[static_cast<std::size_t>(std::lround(v * kRows))];
    const float angle = (2 * u - 1) * kAround, c = std::cos(angle);
    cv::Point3f p(r.half_width * std::sin(angle), r.y,
                  r.side - c * (c > 0 ? r.side - r.front : r.back - r.side));
    if (c <= 0) return round_neck(p);
    const float x = std::abs(p.x);
    const float covered = smooth_step(0, 0.10f, fit.neckline.below(p.x, p.y));
    const float bones = 1 - covered * (0.35f + 0.65f * fit.ease);
    // Collarbones from the notch to the shoulders, with the hollows above them.
    const float line = 1.455f - 0.03f * smooth_step(0.15f, 0.9f, x);
    const float bone = smooth_step(0.03f, 0.14f, x) * (1 - smooth_step(0.75f, 1.15f, x));
    float towards =
        bones * bone *
        (0.026f * bump(p.y - line, 0.030f) - 0.030f * bump(p.y - line + 0.085f, 0.045f) -
         0.012f * bump(p.y - line - 0.085f, 0.05f));
    towards -= bones * 0.03f * bump(x, 0.055f) * bump(p.y - line + 0.02f, 0.05f);
    towards -= bones * 0.012f * bump(x, 0.05f) * smooth_step(1.55f, 2.0f, p.y);
    const float dx = (x - bust_x_) / 0.30f, dy = (p.y - 2.30f) / (p.y < 2.30f ? 0.36f : 0.26f);
    towards += bust_ * std::exp(-0.5f * (dx * dx + dy * dy));
    towards += 0.5f * bust_ * covered * bump(x, 0.3f) * bump(p.y - 2.35f, 0.3f);
    // Between chest and arm.
    towards -= (0.10f - 0.03f * fit.ease) * bump(x - 0.74f * r.half_width, 0.065f) *
               smooth_step(1.78f, 2.35f, p.y);
    towards += 0.07f * bump(x - 0.87f * r.half_width, 0.11f) * smooth_step(1.8f, 2.4f, p.y);
    if (covered > 0) {
      float fold = 0;
      for (const Fold &f : folds) fold += f.at({p.x, p.y});
      fold += 0.006f * fit.folds * std::sin(5.1f * p.x + wave_x + 1.7f * std::sin(2.3f * p.y)) *
              std::sin(4.3f * p.y + wave_y + 2.1f * std::sin(1.9f * p.x));
      towards += covered * smooth_step(1.3f, 1.75f, p.y) * fold;
      towards += covered * 0.012f;
    }
    p.z -= towards * smooth_step(0, 0.35f, c);
    p.x += std::copysign(0.4f * towards, p.x) * smooth_step(0.6f, 0, c);
    return round_neck(p);
  });
  normals_.resize(mesh_.points.size());
  normals(mesh_.points, mesh_.triangles, normals_);
}

float Torso::half_width(float y) const {
  const auto above = std::partition_point(rings_.begin() + 1, rings_.end() - 1,
                                          [&](const Ring &r) { return r.y < y; }) -
                     1;
  const Ring &a = *above, &b = *(above + 1);
  return lerp(a.half_width, b.half_width, std::clamp((y - a.y) / (b.y - a.y), 0.f, 1.f));
}

float Torso::height_of(float half_width) const {
  const auto above =
      std::partition_point(rings_.begin() + 1, rings_.end() - 1,
                           [&](const Ring &r) { return r.half_width < half_width; }) -
      1;
  const Ring &a = *above, &b = *(above + 1);
  return lerp(a.y, b.y,
              std::clamp((half_width - a.half_width) / (b.half_width - a.half_width), 0.f, 1.f));
}

namespace {

/// Four points of the grid and their weights.
template <typename Value>
Value blend(const std::vector<Value> &values, float column, float row) {
  constexpr int kRow = Torso::kColumns + 1;
  const int c = std::clamp(static_cast<int>(column), 0, Torso::kColumns - 1);
  const int r = std::clamp(static_cast<int>(row), 0, Torso::kRows - 1);
  const float fc = column - static_cast<float>(c), fr = row - static_cast<float>(r);
  const Value *v = values.data() + r * kRow + c;
  return lerp(lerp(v[0], v[1], fc), lerp(v[kRow], v[kRow + 1], fc), fr);
}

}  // namespace

cv::Point2f Torso::grid_place(float angle, float y) const {
  const auto above = std::partition_point(rings_.begin() + 1, rings_.end() - 1,
                                          [&](const Ring &r) { return r.y < y; }) -
                     1;
  const float f = std::clamp((y - above->y) / ((above + 1)->y - above->y), 0.f, 1.f);
  return {(std::clamp(angle / kAround, -1.f, 1.f) * 0.5f + 0.5f) * kColumns,
          static_cast<float>(above - rings_.begin()) + f};
}

float Torso::angle_of(float x, float y) const {
  return std::asin(std::clamp(x / half_width(y), -1.f, 1.f));
}

cv::Point3f Torso::at(float angle, float y) const {
  const cv::Point2f place = grid_place(angle, y);
  return blend(mesh_.points, place.x, place.y);
}

cv::Point3f Torso::out(float angle, float y) const {
  const cv::Point2f place = grid_place(angle, y);
  const cv::Point3f n = blend(normals_, place.x, place.y);
  return n * (1 / std::max(1e-6f, std::sqrt(n.dot(n))));
}

}  // namespace hyperlips::synth
