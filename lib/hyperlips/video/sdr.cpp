// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/video/sdr.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace hyperlips {
namespace {

/// A function on 0 ... 1 as a table, with linear interpolation.
class Table {
 public:
  explicit Table(double (*function)(double)) {
    for (std::size_t i = 0; i < values_.size(); ++i)
      values_[i] = static_cast<float>(function(static_cast<double>(i) / kSteps));
  }
  float operator()(float x) const {
    const float at = std::clamp(x, 0.0f, 1.0f) * kSteps;
    const auto i = std::min(static_cast<std::size_t>(at), std::size_t{kSteps - 1});
    return values_[i] + (at - static_cast<float>(i)) * (values_[i + 1] - values_[i]);
  }

 private:
  static constexpr int kSteps = 4096;
  std::array<float, kSteps + 1> values_;
};

// Linear light is relative to white, 0 ... 1.

double bt709_to_light(double v) {
  return v < 0.081 ? v / 4.5 : std::pow((v + 0.099) / 1.099, 1 / 0.45);
}
double bt709_from_light(double l) {
  return l < 0.018 ? 4.5 * l : 1.099 * std::pow(l, 0.45) - 0.099;
}
double display_to_light(double v) { return std::pow(v, 2.4); }
double display_from_light(double l) { return std::pow(l, 1 / 2.4); }

constexpr double kPqWhite = 203.0 / 10000;
constexpr double kM1 = 2610.0 / 16384, kM2 = 2523.0 / 32, kC1 = 3424.0 / 4096, kC2 = 2413.0 / 128,
                 kC3 = 2392.0 / 128;
double pq_to_light(double v) {
  const double p = std::pow(v, 1 / kM2);
  return std::pow(std::max(p - kC1, 0.0) / (kC2 - kC3 * p), 1 / kM1) / kPqWhite;
}
double pq_from_light(double l) {
  const double p = std::pow(l * kPqWhite, kM1);
  return std::pow((kC1 + kC2 * p) / (1 + kC3 * p), kM2);
}

constexpr double kHlgA = 0.17883277, kHlgB = 1 - 4 * kHlgA, kHlgC = 0.55991073;
double hlg_scene(double v) {
  return v <= 0.5 ? v * v / 3 : (std::exp((v - kHlgC) / kHlgA) + kHlgB) / 12;
}
double hlg_to_light(double v) { return hlg_scene(v) / hlg_scene(0.75); }
double hlg_from_light(double l) {
  const double e = l * hlg_scene(0.75);
  return e <= 1.0 / 12 ? std::sqrt(3 * e) : kHlgA * std::log(12 * e - kHlgB) + kHlgC;
}

/// The function of the fourth root: encodings are steep near black.
template <double (*function)(double)>
double of_root(double root) {
  return function(root * root * root * root);
}

struct Curves {
  Table frame_to_light, light_to_frame, sdr_to_light, light_to_sdr;

  static const Curves &of(Transfer transfer) {
    static const Curves gamma{Table(bt709_to_light), Table(of_root<bt709_from_light>),
                              Table(bt709_to_light), Table(of_root<bt709_from_light>)};
    static const Curves pq{Table(pq_to_light), Table(of_root<pq_from_light>),
                           Table(display_to_light), Table(of_root<display_from_light>)};
    static const Curves hlg{Table(hlg_to_light), Table(of_root<hlg_from_light>),
                            Table(bt709_to_light), Table(of_root<bt709_from_light>)};
    return transfer == Transfer::Pq ? pq : transfer == Transfer::Hlg ? hlg : gamma;
  }
};

const cv::Matx33f kWideToNarrow(1.6605f, -0.5876f, -0.0728f, -0.1246f, 1.1329f, -0.0083f, -0.0182f,
                                -0.1006f, 1.1187f);
const cv::Matx33f kNarrowToWide = kWideToNarrow.inv();

cv::Vec3f decoded(const Table &to_light, const cv::Vec3f &rgb) {
  return {to_light(rgb[0] / 255), to_light(rgb[1] / 255), to_light(rgb[2] / 255)};
}

cv::Vec3f encoded(const Table &from_light, const cv::Vec3f &light) {
  cv::Vec3f rgb;
  for (int c = 0; c < 3; ++c)
    rgb[c] = 255 * from_light(std::sqrt(std::sqrt(std::clamp(light[c], 0.0f, 1.0f))));
  return rgb;
}

}  // namespace

cv::Vec3f SdrConversion::to_sdr(const cv::Vec3f &rgb) const {
  const Curves &curves = Curves::of(transfer_);
  cv::Vec3f light = decoded(curves.frame_to_light, rgb);
  if (wide_) light = kWideToNarrow * light;
  return encoded(curves.light_to_sdr, light);
}

cv::Vec3f SdrConversion::from_sdr(const cv::Vec3f &rgb) const {
  const Curves &curves = Curves::of(transfer_);
  cv::Vec3f light = decoded(curves.sdr_to_light, rgb);
  if (wide_) light = kNarrowToWide * light;
  return encoded(curves.light_to_frame, light);
}

}  // namespace hyperlips
