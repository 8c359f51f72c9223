// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/glasses.hpp"
#include "synth/head/landmarks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "synth/head/face_model.hpp"
#include "synth/head/head_mesh.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr int kRimPoints = 64, kSection = 10, kArmSteps = 14, kBridgeSteps = 12;
constexpr int kLensRings = 5;

enum class Shape { Round, Oval, Rectangle, Panto, Aviator, CatEye };

/// The design of a pair of glasses. Lengths are in widths of the face.
struct Design {
  Shape shape = Shape::Oval;
  float half_width = 0.18f, half_height = 0.13f;
  float center_x = 0.23f, center_y = 0.02f;
  float rim = 0.012f, depth = 0.012f;  // half thickness, seen from the front and from the side
  bool lower_rim = true;
  bool metal = false;
  float plane = -0.5f;  // z of the lenses' centers
};

/// A ring or rod whose section is a rounded rectangle. `along` gives center, radial and depth
/// directions (unit) and both half thicknesses.
struct Section {
  cv::Point3f center, radial, deep;
  float half_radial, half_deep;
};

void add_tube(Mesh &mesh, const std::vector<Section> &sections, cv::Vec2f u_range) {
  const auto base = static_cast<std::uint32_t>(mesh.points.size());
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const Section &s = sections[i];
    for (int k = 0; k <= kSection; ++k) {
      const float angle = 2 * kPi * static_cast<float>(k) / kSection;
      const float c = std::cos(angle), d = std::sin(angle);
      const auto squared = [](float v) { return std::copysign(std::sqrt(std::abs(v)), v); };
      mesh.points.push_back(s.center + s.radial * (squared(c) * s.half_radial) +
                            s.deep * (squared(d) * s.half_deep));
      mesh.uv.emplace_back(u_range[0] + (u_range[1] - u_range[0]) * static_cast<float>(i) /
                                            static_cast<float>(sections.size() - 1),
                           static_cast<float>(k) / kSection);
    }
  }
  constexpr std::uint32_t kRow = kSection + 1;
  // Outwards: the triangle's normal points away from the section's center.
  const Section &s = sections.front();
  const cv::Point3f along = sections[1].center - s.center;
  const bool swap = s.radial.cross(s.deep).dot(along) < 0;
  for (std::uint32_t i = 0; i + 1 < sections.size(); ++i) {
    for (std::uint32_t k = 0; k < kSection; ++k) {
      const std::uint32_t a = base + i * kRow + k, b = a + 1, c = a + kRow, d = c + 1;
      if (swap) {
        mesh.triangles.push_back({a, b, c});
        mesh.triangles.push_back({b, d, c});
      } else {
        mesh.triangles.push_back({a, c, b});
        mesh.triangles.push_back({b, c, d});
      }
    }
  }
}

/// The outline of the lens at the picture's right around its center, for an angle that is 0 at the
/// temple and grows downwards.
cv::Point2f outline(const Design &design, float angle) {
  const float c = std::cos(angle), s = std::sin(angle);
  const auto super = [&](float power) {  // a superellipse
    const auto bent = [&](float v) { return std::copysign(std::pow(std::abs(v), 2 / power), v); };
    return cv::Point2f(bent(c), bent(s));
  };
  cv::Point2f p;
  switch (design.shape) {
    case Shape::Round:
      p = {c, s};
      break;
    case Shape::Oval:
      p = super(2.35f);
      break;
    case Shape::Rectangle:
      p = super(4.2f);
      p.x *= 1 - 0.06f * p.y;
      break;
    case Shape::Panto:
      p = super(2.5f);
      p.x *= 1 - 0.13f * p.y * (p.y > 0 ? 1.f : 0.35f);
      break;
    case Shape::Aviator:
      p = super(2.6f);
      p.x *= 1 - 0.14f * std::max(0.f, p.y);
      p.x += 0.10f * p.y * p.y * (p.y > 0 ? 1.f : 0.f);
      p.y *= p.y > 0 ? 1.12f - 0.12f * p.x * -1.f : 0.9f;
      break;
    case Shape::CatEye:
      p = super(2.7f);
      p.y -= 0.26f * std::max(0.f, p.x) * std::max(0.f, p.x) * (p.y < 0 ? 1.f : 0.25f);
      p.x *= 1 + 0.05f * -p.y;
      break;
  }
  return {p.x * design.half_width, p.y * design.half_height};
}

/// How lenses curve around the face and lean towards the cheeks, relative to the plane.
float bow(const Design &design, float x, float y) {
  const float ax = std::abs(x);
  return 0.22f * (ax * ax - design.center_x * design.center_x) + 0.10f * (y - design.center_y);
}

cv::Point3f on_lens(const Design &design, int side, cv::Point2f flat) {
  const float x = design.center_x + flat.x, y = design.center_y + flat.y;
  return {side == 0 ? -x : x, y, design.plane + bow(design, x, y)};
}

/// Moves the lenses forward and apart until no skin pokes through.
void fit(Design &design, const Landmarks &face) {
  float wanted = 0;
  for (int eye = 0; eye < 2; ++eye) {
    for (auto lid : {landmark::kUpperLidMiddle, landmark::kLowerLidMiddle})
      wanted = std::min(wanted, face[of_eye(eye, lid)].z - 0.062f);
  }
  const auto clear = [&] {
    float plane = wanted;
    for (std::size_t i = 0; i < kSkinPoints; ++i) {
      const cv::Point3f &p = face[i];
      const cv::Point2f d(std::abs(p.x) - design.center_x, p.y - design.center_y);
      const cv::Point2f rim =
          outline(design, std::atan2(d.y / design.half_height, d.x / design.half_width));
      const float reach = std::sqrt(rim.dot(rim)) + 2 * design.rim + 0.012f;
      if (d.dot(d) < reach * reach && std::abs(p.x) > 0.03f)
        plane = std::min(plane, p.z - bow(design, p.x, p.y) - design.depth - 0.006f);
    }
    return plane;
  };
  // A wider bridge is preferred to glasses far from the eyes.
  constexpr int kSteps = 10;
  float plane = clear();
  for (int k = 0; k < kSteps && plane < wanted - 0.035f; ++k) {
    design.center_x += 0.003f;
    plane = clear();
  }
  design.plane = std::max(plane, wanted - 0.10f);
}

/// z of the nose's ridge.
float ridge(const Landmarks &face, float y) {
  constexpr auto &kRidge = landmark::kNoseRidge;
  for (std::size_t k = 0; k + 1 < kRidge.size(); ++k) {
    const cv::Point3f &a = face[kRidge[k]], &b = face[kRidge[k + 1]];
    if (y < b.y || k + 2 == kRidge.size())
      return lerp(a.z, b.z, std::clamp((y - a.y) / (b.y - a.y), 0.f, 1.f));
  }
  return face[landmark::kNoseRoot].z;
}

const cv::Point3f kBackwards(0, 0, 1);

std::vector<Section> make_rim(const Design &design, int side) {
  const float to_side = side == 0 ? -1.f : 1.f;
  // Half-rims hold the lens from above only.
  const float first = design.lower_rim ? 0 : -kPi - 0.12f,
              last = design.lower_rim ? 2 * kPi : 0.12f;
  std::vector<Section> rim;
  for (int i = 0; i <= kRimPoints; ++i) {
    const float angle = first + (last - first) * static_cast<float>(i) / kRimPoints;
    const cv::Point2f p = outline(design, angle), next = outline(design, angle + 0.02f);
    cv::Point2f normal(next.y - p.y, p.x - next.x);
    normal *= 1 / std::max(1e-6f, std::sqrt(normal.dot(normal)));
    // Acetate is heavier at the top.
    const float weight = design.metal ? 1.f : 1.12f - 0.3f * std::sin(angle);
    const float half = design.rim * weight;
    rim.push_back({on_lens(design, side, p + normal * half),
                   cv::Point3f(to_side * normal.x, normal.y, 0), kBackwards, half, design.depth});
  }
  return rim;
}

/// Where the outline of the lens reaches farthest to the temple, near a height relative to its
/// center.
float temple_edge(const Design &design, float height) {
  float edge = 0;
  for (int i = 0; i < kRimPoints; ++i) {
    const cv::Point2f p = outline(design, 2 * kPi * static_cast<float>(i) / kRimPoints);
    if (std::abs(p.y - height) < 0.2f * design.half_height) edge = std::max(edge, p.x);
  }
  return edge;
}

/// The same to the nose.
float nose_edge(const Design &design, float height) {
  float edge = 0;
  for (int i = 0; i < kRimPoints; ++i) {
    const cv::Point2f p = outline(design, 2 * kPi * static_cast<float>(i) / kRimPoints);
    if (std::abs(p.y - height) < 0.2f * design.half_height) edge = std::min(edge, p.x);
  }
  return edge;
}

/// The arm leaves the rim at the temple and runs over the ear.
std::vector<Section> make_arm(const Design &design, const Landmarks &face, int side) {
  const float to_side = side == 0 ? -1.f : 1.f;
  const float y = design.center_y - 0.42f * design.half_height;
  const float edge = temple_edge(design, -(0.42f * design.half_height));
  const cv::Point3f hinge = on_lens(design, side, {edge + design.rim, y - design.center_y});
  const cv::Point3f &cheek = face[side == 0 ? landmark::kFaceLeft : landmark::kFaceRight];
  const float temple = std::abs(cheek.x) + 0.022f;
  const float corner = std::max(std::abs(hinge.x) + 0.012f, 0.95f * temple);
  const float tall = design.metal ? std::max(0.010f, design.rim) : 0.011f + 0.9f * design.rim;
  const float thin = design.metal ? 0.006f : 0.010f;
  const cv::Point3f up(0, 1, 0), inwards(-to_side, 0, 0);
  std::vector<Section> arm;
  arm.push_back({hinge, up, kBackwards, tall, design.depth * 0.9f});
  const cv::Point3f bend(to_side * corner, y, hinge.z + 0.025f);
  arm.push_back({lerp(hinge, bend, 0.75f), up, kBackwards, tall, design.depth * 0.9f});
  const cv::Point3f ear(to_side * temple, cheek.y - 0.125f, 0.07f);
  for (int i = 0; i <= kArmSteps; ++i) {
    const float t = static_cast<float>(i) / kArmSteps;
    cv::Point3f p = lerp(bend, ear, t);
    p.x += to_side * 0.012f * std::sin(kPi * t);
    arm.push_back({p, up, inwards, tall * (1 - 0.3f * t), thin});
  }
  constexpr int kHookSteps = 5;  // down behind the ear
  for (int i = 1; i <= kHookSteps; ++i) {
    const float t = static_cast<float>(i) / kHookSteps;
    arm.push_back({ear + cv::Point3f(-to_side * 0.03f * t, 0.16f * t * t, 0.10f * t), up, inwards,
                   tall * 0.7f, thin});
  }
  return arm;
}

/// A bridge between the lenses from `end` (on the right lens) at a height: it rises by `arch`.
std::vector<Section> make_bridge(const Design &design, const Landmarks &face,
                                 const cv::Point3f &end, float height, float half, float arch) {
  std::vector<Section> bridge;
  for (int i = 0; i <= kBridgeSteps; ++i) {
    const float t = 2 * static_cast<float>(i) / kBridgeSteps - 1;
    const float top = 1 - t * t;
    cv::Point3f p(end.x * t, height - arch * top, end.z);
    const float clear = ridge(face, p.y) - design.depth - 0.006f;
    p.z = std::min(end.z - 0.008f * top, lerp(end.z, clear, std::sqrt(top)));
    bridge.push_back({p, {0, 1, 0}, kBackwards, half, design.depth * 0.85f});
  }
  return bridge;
}

Mesh make_frame(const Design &design, const Landmarks &face) {
  // Parts of the texture along u: rims and bridges, arms.
  const cv::Vec2f front{0, 0.6f}, arms{0.6f, 1};
  Mesh frame;
  for (int side = 0; side < 2; ++side) {
    add_tube(frame, make_rim(design, side), front);
    add_tube(frame, make_arm(design, face, side), arms);
  }
  const float y = design.center_y - (design.metal ? 0.30f : 0.38f) * design.half_height;
  const float inner = nose_edge(design, y - design.center_y);
  const cv::Point3f end = on_lens(design, 1, {inner - design.rim, y - design.center_y});
  const float half = design.metal ? design.rim : 0.9f * design.rim + 0.006f;
  add_tube(frame, make_bridge(design, face, end, y, half, 0.025f), front);
  if (design.shape == Shape::Aviator) {
    add_tube(frame,
             make_bridge(design, face, end, design.center_y - 0.8f * design.half_height, design.rim,
                         0.004f),
             front);
  }
  return frame;
}

Mesh make_lenses(const Design &design) {
  Mesh lenses;
  for (int side = 0; side < 2; ++side) {
    // Drawn from the temple around; mirrored for the left.
    Mesh lens = make_grid(kRimPoints, kLensRings, [&](float u, float v) {
      const cv::Point2f p = outline(design, -2 * kPi * u) * v;
      cv::Point3f q = on_lens(design, 1, p);
      q.z -= 0.010f * (1 - v * v);
      return q;
    });
    for (std::size_t i = 0; i < lens.points.size(); ++i) {
      lens.uv[i] = {0.5f + 0.44f * (lens.points[i].x - design.center_x) / design.half_width,
                    0.5f + 0.37f * (lens.points[i].y - design.center_y) / design.half_height};
      // Both lenses reflect the same room.
      if (side == 0) lens.uv[i].x = 1 - lens.uv[i].x;
    }
    append(lenses, side == 0 ? mirrored(lens) : lens);
  }
  return lenses;
}

Texture paint_frame(Random &random, const Design &design) {
  constexpr int kLength = 256, kRound = 8;
  // B, G, R
  constexpr std::array<std::array<float, 3>, 4> kMetals{{{0.42f, 0.44f, 0.46f},
                                                         {0.16f, 0.38f, 0.60f},
                                                         {0.030f, 0.028f, 0.027f},
                                                         {0.22f, 0.30f, 0.52f}}};
  constexpr std::array<std::array<float, 3>, 8> kAcetates{{{0.010f, 0.010f, 0.011f},
                                                           {0.012f, 0.012f, 0.012f},
                                                           {0.018f, 0.040f, 0.095f},
                                                           {0.020f, 0.050f, 0.13f},
                                                           {0.075f, 0.030f, 0.018f},
                                                           {0.035f, 0.016f, 0.11f},
                                                           {0.40f, 0.46f, 0.52f},
                                                           {0.040f, 0.052f, 0.030f}}};
  const int kind = random.below(design.metal ? 4 : 8);
  const auto &c = design.metal ? kMetals[static_cast<std::size_t>(kind)]
                               : kAcetates[static_cast<std::size_t>(kind)];
  const cv::Vec3f base(c[0], c[1], c[2]);
  const bool tortoise = !design.metal && (kind == 2 || kind == 3);
  cv::Mat color(kRound, kLength, CV_32FC3, cv::Scalar(base[0], base[1], base[2]));
  if (tortoise) {
    for (int k = 0; k < 40; ++k) {
      const float at = random.uniform(0, kLength), width = random.uniform(2, 7),
                  strength = random.uniform(0.4f, 0.85f), row = random.uniform(0, kRound);
      const cv::Vec3f spot =
          random.chance(0.75f) ? cv::Vec3f(0.004f, 0.006f, 0.012f) : cv::Vec3f(0.03f, 0.12f, 0.30f);
      for (int y = 0; y < kRound; ++y) {
        for (int x = 0; x < kLength; ++x) {
          const float dx = (static_cast<float>(x) - at) / width,
                      dy = std::remainder(static_cast<float>(y) - row, float{kRound}) / 3;
          auto &p = color.at<cv::Vec3f>(y, x);
          p = lerp(p, spot, strength * std::exp(-dx * dx - dy * dy));
        }
      }
    }
  }
  const float gloss = design.metal ? 1.f : random.uniform(0.5f, 1.f);
  return {color, cv::Mat(color.size(), CV_32FC1, cv::Scalar(gloss))};
}

Texture paint_lens(Random &random) {
  constexpr int kSize = 128;
  const bool tinted = random.chance(0.07f);
  const float tint = tinted ? random.uniform(0.15f, 0.25f) : random.uniform(0.02f, 0.05f);
  const cv::Vec3f glass = tinted ? cv::Vec3f(0.03f, 0.05f, 0.07f) : cv::Vec3f(0.25f, 0.28f, 0.25f);
  // The reflection of a window or a lamp: a slanted, soft patch near the rim.
  const float strength = random.uniform(0.03f, 0.19f), slant = random.uniform(-0.9f, 0.9f);
  const float at =
      random.chance(0.5f) ? random.uniform(-0.95f, -0.45f) : random.uniform(0.45f, 0.95f);
  const float width = random.uniform(0.15f, 0.4f), top = random.uniform(0.2f, 1.f);
  const float green = random.uniform(-0.12f, 0.12f);
  const cv::Vec3f shine(0.95f + green, 0.92f + green, 0.88f - green);
  cv::Mat color(kSize, kSize, CV_32FC3), opacity(kSize, kSize, CV_32FC1);
  for (int j = 0; j < kSize; ++j) {
    for (int i = 0; i < kSize; ++i) {
      const float x = (static_cast<float>(i) + 0.5f) / kSize * 2 - 1,
                  y = (static_cast<float>(j) + 0.5f) / kSize * 2 - 1;
      const float across = (x + slant * y - at) / width;
      const float patch = 1 - smooth_step(0.7f, 1.15f, std::abs(across));
      const float fade = 0.55f - 0.45f * top * y;
      const float sheen = strength * patch * std::max(0.f, fade) + 0.02f * smooth_step(0.6f, -1, y);
      const float sum = std::min(0.25f, tint + sheen);
      opacity.at<float>(j, i) = sum;
      color.at<cv::Vec3f>(j, i) = lerp(glass, shine, sheen / std::max(1e-4f, tint + sheen));
    }
  }
  return {color, opacity};
}

}  // namespace

std::optional<Glasses> make_glasses(std::uint64_t seed, const Person &person,
                                    const Landmarks &face) {
  Random random(seed, kStreamGlasses);
  const float wears = 0.22f + 0.28f * smooth_step(30, 70, person.age);
  if (!random.chance(wears)) return std::nullopt;

  Design design;
  constexpr std::array<Shape, 8> kShapes{Shape::Round,     Shape::Oval,  Shape::Rectangle,
                                         Shape::Rectangle, Shape::Panto, Shape::Panto,
                                         Shape::Aviator,   Shape::CatEye};
  design.shape = kShapes[static_cast<std::size_t>(random.below(8))];
  if (design.shape == Shape::CatEye && person.femininity < 0.5f) design.shape = Shape::Rectangle;
  design.metal = design.shape == Shape::Aviator || random.chance(0.45f);
  const float size = random.uniform(0.92f, 1.08f);
  const std::array<cv::Vec2f, 6> kHalves{cv::Vec2f{0.160f, 0.158f}, {0.172f, 0.122f},
                                         {0.180f, 0.112f},          {0.168f, 0.145f},
                                         {0.185f, 0.150f},          {0.182f, 0.118f}};
  const cv::Vec2f &half = kHalves[static_cast<std::size_t>(design.shape)];
  design.half_width = half[0] * size;
  design.half_height = half[1] * size * random.uniform(0.95f, 1.08f);
  if (design.metal) {
    design.rim = random.uniform(0.0045f, 0.0075f);
    design.depth = random.uniform(0.006f, 0.010f);
  } else {
    design.rim = random.uniform(0.009f, 0.021f);
    design.depth = random.uniform(0.012f, 0.018f);
  }
  const bool may_be_half = design.metal && design.shape != Shape::Aviator &&
                           design.shape != Shape::Round && design.shape != Shape::Panto;
  design.lower_rim = !may_be_half || !random.chance(0.4f);
  const cv::Point3f &left_outer = face[landmark::kEyeOuter],
                    &left_inner = face[landmark::kEyeInner],
                    &right_outer = face[kMirroredLandmark[landmark::kEyeOuter]],
                    &right_inner = face[kMirroredLandmark[landmark::kEyeInner]];
  const float eye_x = 0.25f * (right_outer.x + right_inner.x - left_outer.x - left_inner.x);
  const float eye_y = 0.25f * (right_outer.y + right_inner.y + left_outer.y + left_inner.y);
  const float bridge = random.uniform(0.055f, 0.07f);  // half of the gap between the lenses
  design.center_x =
      std::max(lerp(eye_x, design.half_width + bridge, 0.75f), design.half_width + bridge - 0.006f);
  design.center_y = eye_y + 0.20f * design.half_height + random.uniform(-0.008f, 0.012f);
  fit(design, face);

  Glasses glasses;
  glasses.frame = make_frame(design, face);
  glasses.frame_texture = paint_frame(random, design);
  glasses.lenses = make_lenses(design);
  glasses.lens_texture = paint_lens(random);
  return glasses;
}

}  // namespace hyperlips::synth
