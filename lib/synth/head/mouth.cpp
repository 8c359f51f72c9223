// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/landmarks.hpp"
#include "synth/head/mouth.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>

#include "synth/head/face_model.hpp"
#include "synth/random_streams.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

using namespace landmark;

constexpr auto kInnerLips = outline(kLowerLip[3], kUpperLip[3]);
constexpr auto kUpperEdge = kUpperLip[3], kLowerEdge = kLowerLip[3];

// The dental arch, in widths of the face, fitted by eye.
constexpr float kArchHalf = 0.185f, kArchDepth = 0.24f, kArchAngle = 1.45f;
constexpr float kBehindLips = 0.045f;  // of the upper front teeth
constexpr float kUpperGum = 0.095f, kUpperEdgeDrop = 0.030f, kLowerHeight = 0.085f,
                kLowerEdgeRise = 0.016f;

// Parts of the texture, in rows of v.
constexpr float kUpperRows[2] = {0.0f, 0.30f}, kLowerRows[2] = {0.34f, 0.60f},
                kTongueRows[2] = {0.64f, 0.86f}, kCavityRows[2] = {0.90f, 1.0f};
constexpr int kWidth = 512, kHeight = 384;
constexpr int kArchColumns = 42, kCavityRings = 4;

cv::Point2f in_rows(const float (&rows)[2], cv::Point2f uv) {
  constexpr float kInset = 0.01f;
  return {uv.x, lerp(rows[0] + kInset, rows[1] - kInset, uv.y)};
}

/// One row of teeth: `gum` at v 0 (upper row) or v 1 (lower row).
void paint_teeth(cv::Mat &albedo, cv::Mat &gloss, const float (&rows)[2], bool upper,
                 Random &random, cv::Vec3f enamel, cv::Vec3f gum) {
  // Widths of the teeth from the middle outwards, about those of adults in mm; only their ratios
  // count.
  const std::array<float, 7> widths = upper ? std::array<float, 7>{8.6f, 6.8f, 7.6f, 7, 6.8f, 9, 9}
                                            : std::array<float, 7>{5.4f, 5.9f, 6.8f, 7, 7, 10, 10};
  float total = 0;
  for (float w : widths) total += w;
  std::array<std::array<float, 3>, 14> tone;  // of each tooth: brightness, length, gum line
  for (auto &t : tone)
    t = {random.uniform(0.9f, 1.06f), random.uniform(-0.05f, 0.05f), random.uniform(-0.03f, 0.03f)};
  const float gap =
      random.chance(0.08f) ? random.uniform(0.02f, 0.07f) : 0.f;  // between the middle teeth
  const int first = static_cast<int>(rows[0] * kHeight), last = static_cast<int>(rows[1] * kHeight);
  for (int y = first; y < last; ++y) {
    float v = (static_cast<float>(y - first) + 0.5f) / static_cast<float>(last - first);
    if (!upper) v = 1 - v;  // 0 at the gum, 1 at the teeth's edges
    for (int x = 0; x < kWidth; ++x) {
      const float across = ((static_cast<float>(x) + 0.5f) / kWidth * 2 - 1) * total;
      float left = 0;
      int k = 0;
      while (k < 6 && std::abs(across) > left + widths[k]) left += widths[k++];
      const float within = (std::abs(across) - left) / widths[k];  // 0 ... 1 across the tooth
      const auto &t = tone[across < 0 ? k : 7 + k];
      const float side = std::abs(within * 2 - 1);
      const float gum_line = 0.42f + t[2] + 0.10f * side * side + 0.01f * static_cast<float>(k);
      const float edge =
          0.97f + t[1] * 0.6f - 0.05f * side * side * side * side - (upper && k == 1 ? 0.05f : 0.f);
      cv::Vec3f tooth = enamel * t[0];
      tooth *= 1 - 0.28f * smooth_step(0.55f, 1.0f, side);  // round
      tooth = lerp(tooth, cv::Vec3f(tooth[0] * 0.75f, tooth[1] * 0.88f, tooth[2]),
                   smooth_step(gum_line + 0.25f, gum_line, v));
      tooth = lerp(tooth, cv::Vec3f(tooth[0] * 0.98f, tooth[1] * 0.9f, tooth[2] * 0.85f),
                   smooth_step(edge - 0.12f, edge, v));
      const float seam = smooth_step(0.90f - (k == 0 && within < 0.5f ? gap * 4 : 0), 0.995f, side);
      tooth = lerp(tooth, enamel * 0.22f, seam * 0.8f);
      cv::Vec3f color =
          lerp(gum * (1 - 0.25f * side), tooth, smooth_step(gum_line - 0.02f, gum_line + 0.02f, v));
      color = lerp(color, cv::Vec3f(0.012f, 0.010f, 0.02f), smooth_step(edge, edge + 0.03f, v));
      albedo.at<cv::Vec3f>(y, x) = color;
      gloss.at<float>(y, x) = 0.8f * (1 - smooth_step(edge, edge + 0.03f, v));
    }
  }
}

float height_of(std::span<const cv::Point3f> skin, const std::array<std::uint16_t, 11> &edge,
                float x) {
  if (x <= skin[edge.front()].x) return skin[edge.front()].y;
  for (std::size_t k = 0; k + 1 < edge.size(); ++k) {
    const cv::Point3f &a = skin[edge[k]], &b = skin[edge[k + 1]];
    if (x <= b.x) return lerp(a.y, b.y, (x - a.x) / std::max(1e-5f, b.x - a.x));
  }
  return skin[edge.back()].y;
}

/// Where the teeth stand behind the lips of a face.
struct DentalArch {
  explicit DentalArch(const Landmarks &face)
      : line(0.5f * (face[kUpperLipInner].y + face[kLowerLipInner].y)),
        front(0.5f * (face[kUpperLipInner].z + face[kLowerLipInner].z) + kBehindLips) {
    // Wide mouths have wide arches.
    const float size = 0.5f * (face[kMouthRight].x - face[kMouthLeft].x) / 0.16f;
    half = kArchHalf * lerp(1.f, size, 0.5f);
  }
  /// A point of the arch at height 0: u 0 ... 1 from the left, `grow` scales its width.
  cv::Point3f at(float u, float grow) const {
    const float a = (u * 2 - 1) * kArchAngle;
    return {half * grow * std::sin(a), 0, front + kArchDepth * (1 - std::cos(a))};
  }
  float line, front;  // y between the lips, z of the front teeth
  float half = 0;     // width
};

Mesh make_upper_teeth(const DentalArch &arch) {
  return make_grid(kArchColumns, 6, [&](float u, float v) {
    cv::Point3f p = arch.at(u, 1);
    p.y = arch.line + kUpperEdgeDrop - kUpperGum * (1 - v);
    p.z += 0.018f * (v - 0.6f) * (v - 0.6f) * 4 - 0.006f * v;
    return p;
  });
}

Mesh make_lower_teeth(const DentalArch &arch) {
  return make_grid(kArchColumns, 6, [&](float u, float v) {
    cv::Point3f p = arch.at(u, 0.94f);
    p.y = arch.line + kLowerEdgeRise + 0.008f + kLowerHeight * v;
    p.z += 0.016f + 0.015f * (v - 0.4f) * (v - 0.4f) * 4;
    return p;
  });
}

/// From the root at v 0 to the tip, bending down at the sides.
Mesh make_tongue(const DentalArch &arch) {
  return make_grid(16, 14, [&](float u, float v) {
    const float s = u * 2 - 1, along = v;
    const float width = 0.135f * std::sqrt(std::max(0.f, 1 - along * along * along * 0.92f));
    const float tip = smooth_step(0.8f, 1.0f, along);
    return cv::Point3f(s * width,
                       arch.line + 0.055f + 0.025f * s * s + 0.02f * tip +
                           0.012f * std::exp(-20 * s * s) * (1 - tip),
                       arch.front + 0.06f + 0.24f * (1 - along));
  });
}

void paint_tongue(cv::Mat &albedo, cv::Mat &gloss, Random &random) {
  for (int y = static_cast<int>(kTongueRows[0] * kHeight);
       y < static_cast<int>(kTongueRows[1] * kHeight); ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const float s = std::abs((static_cast<float>(x) + 0.5f) / kWidth * 2 - 1);
      const float grain = random.uniform(0.85f, 1.1f);
      const float furrow = 1 - 0.25f * std::exp(-s * s * 900);
      albedo.at<cv::Vec3f>(y, x) =
          cv::Vec3f(0.16f, 0.13f, 0.40f) * (grain * furrow * (1 - 0.2f * s));
      gloss.at<float>(y, x) = 0.5f * grain;
    }
  }
}

/// Darker towards the throat.
void paint_cavity(cv::Mat &albedo) {
  for (int y = static_cast<int>(kCavityRows[0] * kHeight); y < kHeight; ++y) {
    const float v =
        (static_cast<float>(y) / kHeight - kCavityRows[0]) / (kCavityRows[1] - kCavityRows[0]);
    const cv::Vec3f color =
        cv::Vec3f(0.09f, 0.07f, 0.24f) * std::exp(-3.5f * v) + cv::Vec3f(0.008f, 0.006f, 0.02f);
    albedo.row(y).setTo(cv::Scalar(color[0], color[1], color[2]));
  }
}

Texture paint_mouth(Random &random, const Person &person) {
  cv::Mat albedo(kHeight, kWidth, CV_32FC3, cv::Scalar(0.02, 0.015, 0.04)),
      gloss(albedo.size(), CV_32FC1, cv::Scalar(0));
  const float stain = std::clamp(random.uniform(0.f, 0.6f) + (person.age - 40) / 100, 0.f, 1.f);
  const cv::Vec3f enamel =
      lerp(cv::Vec3f(0.46f, 0.52f, 0.55f), cv::Vec3f(0.20f, 0.33f, 0.41f), stain);
  const float dark = person.melanin * random.uniform(0.2f, 0.8f);
  const cv::Vec3f gum = cv::Vec3f(0.17f, 0.15f, 0.45f) * (1 - 0.6f * dark);
  paint_teeth(albedo, gloss, kUpperRows, true, random, enamel, gum);
  paint_teeth(albedo, gloss, kLowerRows, false, random, enamel * 0.92f, gum);
  paint_tongue(albedo, gloss, random);
  paint_cavity(albedo);
  cv::GaussianBlur(albedo, albedo, {3, 3}, 0.6);
  return {albedo, gloss};
}

}  // namespace

Mouth::Mouth(std::uint64_t seed, const Person &person, const Landmarks &face) : rest_(face) {
  const DentalArch arch(face);
  upper_ = make_upper_teeth(arch);
  lower_ = make_lower_teeth(arch);
  tongue_ = make_tongue(arch);
  for (auto *mesh : {&upper_, &lower_, &tongue_}) {
    const auto &rows = mesh == &upper_ ? kUpperRows : mesh == &lower_ ? kLowerRows : kTongueRows;
    const auto base = static_cast<std::uint32_t>(uv_.size());
    for (cv::Point2f uv : mesh->uv) uv_.push_back(in_rows(rows, uv));
    for (const Triangle &t : mesh->triangles)
      triangles_.push_back({t[0] + base, t[1] + base, t[2] + base});
  }
  add_cavity();
  Random random(seed, kStreamSkin + 2000);
  texture_ = paint_mouth(random, person);
}

/// Rings from the inner edges of the lips to the throat, closed at its end.
void Mouth::add_cavity() {
  const auto base = static_cast<std::uint32_t>(uv_.size());
  constexpr auto n = static_cast<std::uint32_t>(kInnerLips.size());
  for (std::uint32_t ring = 0; ring < kCavityRings; ++ring) {
    for (std::uint32_t k = 0; k < n; ++k) {
      uv_.push_back(in_rows(kCavityRows, {0.5f, static_cast<float>(ring) / (kCavityRings - 1)}));
      if (ring + 1 == kCavityRings) continue;
      const auto a = base + ring * n + k, b = base + ring * n + (k + 1) % n;
      triangles_.push_back({a, b, a + n});
      triangles_.push_back({b, b + n, a + n});
    }
  }
  for (std::uint32_t k = 1; k + 1 < n; ++k) {
    const auto last = base + (kCavityRings - 1) * n;
    triangles_.push_back({last, last + k, last + k + 1});
  }
}

void Mouth::place(const FacePose &pose, const Expressions &expressions,
                  std::span<const cv::Point3f> skin, std::span<cv::Point3f> points) const {
  const float jaw = pose.mouth.jaw, up = pose.mouth.tongue, out = pose.mouth.tongue_out;
  std::size_t i = 0;
  for (const cv::Point3f &p : upper_.points) points[i++] = p;
  for (const cv::Point3f &p : lower_.points) points[i++] = expressions.with_jaw(p, jaw);
  for (std::size_t k = 0; k < tongue_.points.size(); ++k) {
    cv::Point3f p = tongue_.points[k];
    const float along = tongue_.uv[k].y, tip = along * along;
    p.z -= out * 0.085f * tip;
    p.y -= out * 0.03f * tip;
    p = expressions.with_jaw(p, jaw * (1 - 0.75f * up * tip - 0.5f * out * tip));
    p.y -= up * 0.05f * tip * std::min(1.f, 0.4f + 2 * jaw);
    points[i++] = p;
  }
  cv::Point3f middle;
  for (auto k : kInnerLips) middle += skin[k] * (1 / static_cast<float>(kInnerLips.size()));
  constexpr std::array<float, kCavityRings> kScale{1, 1.12f, 1.3f, 1.0f},
      kBack{0.0f, 0.035f, 0.12f, 0.20f};
  for (int ring = 0; ring < kCavityRings; ++ring) {
    for (auto k : kInnerLips) {
      const cv::Point3f away = skin[k] - middle;
      cv::Point3f p =
          middle + cv::Point3f(away.x * std::min(1.f, kScale[ring]), away.y * kScale[ring], away.z);
      // Tall enough behind the lips for teeth and tongue.
      if (ring > 1) p.y += (away.y < 0 ? -0.06f : 0.04f);
      p.z += kBack[ring];
      points[i++] = p;
    }
  }
}

void Mouth::shade_behind_lips(std::span<const cv::Point3f> skin,
                              std::span<const cv::Point3f> points,
                              std::span<ScreenVertex> vertices) const {
  const float front = 0.5f * (skin[kUpperLipInner].z + skin[kLowerLipInner].z);
  const float gap = skin[kLowerLipInner].y - skin[kUpperLipInner].y;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const cv::Point3f &p = points[i];
    const float below = p.y - height_of(skin, kUpperEdge, p.x),
                above = height_of(skin, kLowerEdge, p.x) - p.y;
    const float deep = std::max(0.f, p.z - front - 0.05f);
    const float near_lips = (0.30f + 0.70f * smooth_step(-0.02f, 0.045f, below)) *
                            (0.55f + 0.45f * smooth_step(-0.02f, 0.03f, above));
    const float aperture = 0.35f + 0.65f * smooth_step(0.01f, 0.10f, gap);
    vertices[i].light *= near_lips * aperture * std::exp(-4.0f * deep);
  }
}

}  // namespace hyperlips::synth
