// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/head/head_mesh.hpp"
#include "synth/head/landmarks.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "synth/head/face_model.hpp"
#include "synth/render/interpolation.hpp"

namespace hyperlips::synth {
namespace {

constexpr float kNeckWidth = 0.315f, kNeckDepth = 0.27f;
constexpr float kNeckBottom = 1.45f;

cv::Point3f over_skull(cv::Point3f start, float s) {
  const auto relative = start - kSkullCenter;
  cv::Vec3f from(relative.x / kSkullRadii.x, relative.y / kSkullRadii.y,
                 relative.z / kSkullRadii.z);
  const float radius = static_cast<float>(cv::norm(from));
  from /= radius;
  // Along the meridian from the middle of the face to the back of the head.
  const cv::Vec3f front(0, 0.2f, -0.98f);
  const float cosine = std::clamp(from.dot(front), -1.f, 1.f);
  const float start_angle = std::acos(cosine);
  const cv::Vec3f outwards = (from - front * cosine) / std::max(1e-3f, std::sin(start_angle));
  constexpr float kEnd = 2.9f;  // radians from the front
  const float angle = start_angle + (kEnd - start_angle) * s;
  const cv::Vec3f direction = front * std::cos(angle) + outwards * std::sin(angle);
  const float r = radius + (1 - radius) * smooth_step(0, 0.6f, s);
  return kSkullCenter + cv::Point3f(direction[0] * kSkullRadii.x * r,
                                    direction[1] * kSkullRadii.y * r,
                                    direction[2] * kSkullRadii.z * r);
}

cv::Point3f down_neck(cv::Point3f start, float s) {
  const float angle = 1.2f * std::atan2(start.x, -(start.z - 0.15f));
  const float top = 0.45f * start.y + 0.45f;
  const auto tube = [&](float y) {
    const NeckRing ring = neck_ring(y);
    return cv::Point3f(ring.half_width * std::sin(angle), y,
                       ring.z - ring.half_depth * std::cos(angle));
  };
  constexpr float kUnderJaw = 2.f / kSkullRings;  // first two rings
  if (s > kUnderJaw) return tube(top + (kNeckBottom - top) * (s - kUnderJaw) / (1 - kUnderJaw));
  const float t = s / kUnderJaw;
  const cv::Point3f end = tube(top);
  // A bend below the jaw's edge: first back, then down.
  const cv::Point3f corner = start + (end - start) * 0.5f + cv::Point3f(0, 0.035f, 0.0f);
  return start * ((1 - t) * (1 - t)) + corner * (2 * t * (1 - t)) + end * (t * t);
}

}  // namespace

NeckRing neck_ring(float y) {
  const float flare = 1 + 0.5f * smooth_step(1.05f, kNeckBottom, y);
  return {kNeckWidth * flare, kNeckDepth * flare, 0.16f * smooth_step(0.7f, kNeckBottom, y)};
}

std::vector<cv::Point3f> make_head(const Landmarks &face) {
  std::vector<cv::Point3f> points(face.begin(), face.begin() + kSkinPoints);
  for (std::size_t ring = 1; ring <= kSkullRings; ++ring) {
    const float s = static_cast<float>(ring) / kSkullRings;
    for (auto i : landmark::kOval) {
      const cv::Point3f start = face[i];
      const float jaw = smooth_step(0.12f, 0.42f, start.y);
      const cv::Point3f skull = over_skull(start, s), neck = down_neck(start, s);
      points.push_back(skull + (neck - skull) * jaw);
    }
  }
  return points;
}

std::vector<Triangle> head_triangles() {
  std::vector<Triangle> triangles;
  for (const auto &t : kFaceTriangles) triangles.push_back({t[0], t[1], t[2]});
  const auto point = [](std::size_t ring, std::size_t k) {
    k %= landmark::kOval.size();
    return static_cast<std::uint32_t>(
        ring == 0 ? landmark::kOval[k] : kSkinPoints + (ring - 1) * landmark::kOval.size() + k);
  };
  for (std::size_t ring = 0; ring < kSkullRings; ++ring) {
    for (std::size_t k = 0; k < landmark::kOval.size(); ++k) {
      const auto a = point(ring, k), b = point(ring, k + 1);
      const auto c = point(ring + 1, k), d = point(ring + 1, k + 1);
      triangles.push_back({b, a, c});
      triangles.push_back({b, c, d});
    }
  }
  return triangles;
}

const std::vector<std::vector<std::uint16_t>> &face_neighbors() {
  static const auto neighbors = [] {
    std::vector<std::set<std::uint16_t>> sets(kSkinPoints);
    for (const auto &t : kFaceTriangles) {
      for (int k = 0; k < 3; ++k) {
        sets[t[k]].insert(t[(k + 1) % 3]);
        sets[t[k]].insert(t[(k + 2) % 3]);
      }
    }
    std::vector<std::vector<std::uint16_t>> result;
    for (const auto &set : sets) result.emplace_back(set.begin(), set.end());
    return result;
  }();
  return neighbors;
}

}  // namespace hyperlips::synth
