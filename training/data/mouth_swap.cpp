// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/mouth_swap.hpp"

#include <array>
#include <complex>

#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mask.hpp"
#include "hyperlips/video/blend.hpp"

namespace hyperlips::training {
namespace {

// Bridge and tip of the nose, cheekbones, temples.
constexpr std::array<std::size_t, 16> kRigid{168, 6,   197, 195, 5,   4,   117, 118,
                                             346, 347, 127, 234, 356, 454, 162, 389};
constexpr float kFeather = 0.1f;

}  // namespace

Affine rigid_motion(const Landmarks &from, const Landmarks &to) {
  using Point = std::complex<double>;
  const auto point = [](const Landmarks &landmarks, std::size_t i) {
    return Point(landmarks[i].x, landmarks[i].y);
  };
  Point from_mean, to_mean;
  for (const std::size_t i : kRigid) {
    from_mean += point(from, i) / double(kRigid.size());
    to_mean += point(to, i) / double(kRigid.size());
  }
  Point product;
  double spread = 0;
  for (const std::size_t i : kRigid) {
    const Point a = point(from, i) - from_mean;
    product += std::conj(a) * (point(to, i) - to_mean);
    spread += std::norm(a);
  }
  const Point turn = spread > 0 ? product / spread : Point(1);
  const Point shift = to_mean - turn * from_mean;
  return {{turn.real(), -turn.imag(), shift.real(), turn.imag(), turn.real(), shift.imag()}};
}

cv::Mat swap_mouth(const cv::Mat &face, const Landmarks &landmarks, const cv::Mat &donor,
                   const Landmarks &donor_landmarks) {
  const Affine motion = rigid_motion(donor_landmarks, landmarks);
  const Landmarks donated = mapped(donor_landmarks, motion);
  // The union of both masks covers both mouths and jaws.
  const Box whole{0, 0, float(face.cols), float(face.rows)};
  cv::Mat alpha(face.size(), CV_32FC1, cv::Scalar(0));
  for (const Landmarks *outline : {&landmarks, &donated}) {
    const Mask mask = lower_face_mask(*outline, whole, kFeather, face.size());
    if (mask.rect.empty()) continue;
    cv::Mat part = alpha(mask.rect);
    cv::max(part, mask.alpha, part);
  }
  cv::Mat swapped = face.clone();
  blend(view_of(swapped), donor, motion, {cv::Rect({}, face.size()), alpha}, 1);
  return swapped;
}

}  // namespace hyperlips::training
