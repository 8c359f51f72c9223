// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/render/procedural_noise.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "util/random.hpp"

namespace hyperlips::synth {

namespace {

// Standard deviation of uniform values in -1 ... 1 under a cubic B-spline in two dimensions.
constexpr float kBandDeviation = 0.277f;
// Bands with cells of two texels or more are kept, those of one texel or less are dropped.
constexpr float kWholeCell = 2, kGoneCell = 1;

int floor_of(float value) {
  const int truncated = static_cast<int>(value);
  return truncated - (value < static_cast<float>(truncated));
}

std::array<float, 4> spline_weights(float t) {
  const float s = 1 - t;
  return {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6,
          t * t * t / 6};
}

/// Lattice rows, interpolated along x at every texel.
class LatticeRows {
 public:
  LatticeRows(const NoisePlane &plane, const NoiseBand &band) : seed_(band.seed) {
    first_ = floor_of(plane.origin.x / band.cell.x) - 1;
    taps_.resize(plane.texels.width);
    for (int x = 0; x < plane.texels.width; ++x) {
      const float at =
          (plane.origin.x + (static_cast<float>(x) + 0.5f) * plane.texel) / band.cell.x;
      const int cell = floor_of(at);
      taps_[x] = {cell - 1 - first_, spline_weights(at - static_cast<float>(cell))};
    }
    lattice_.resize(taps_.empty() ? 0 : taps_.back().first + 4);
  }

  void fill(int row, std::vector<float> &values) {
    for (std::size_t i = 0; i < lattice_.size(); ++i)
      lattice_[i] = lattice_value(seed_, first_ + static_cast<int>(i), row);
    values.resize(taps_.size());
    for (std::size_t x = 0; x < taps_.size(); ++x) {
      const auto &[first, w] = taps_[x];
      const float *at = &lattice_[first];
      values[x] = w[0] * at[0] + w[1] * at[1] + w[2] * at[2] + w[3] * at[3];
    }
  }

 private:
  struct Tap {
    int first;
    std::array<float, 4> weights;
  };
  std::uint64_t seed_;
  int first_;
  std::vector<Tap> taps_;
  std::vector<float> lattice_;
};

}  // namespace

float lattice_value(std::uint64_t seed, int x, int y) {
  const std::uint64_t place = (static_cast<std::uint64_t>(static_cast<std::uint32_t>(x)) << 32) |
                              static_cast<std::uint32_t>(y);
  return static_cast<float>(mix(seed ^ mix(place)) >> 40) * 0x1p-23f - 1;
}

void add_noise(cv::Mat &map, const NoisePlane &plane, const NoiseBand &band, float amplitude) {
  const float cell_texels = std::min(band.cell.x, band.cell.y) / plane.texel;
  const float kept = std::clamp((cell_texels - kGoneCell) / (kWholeCell - kGoneCell), 0.0f, 1.0f);
  if (kept == 0) return;
  const float scale = kept * amplitude / kBandDeviation;
  LatticeRows lattice(plane, band);
  std::array<std::vector<float>, 4> rows;
  int filled = 0;
  bool any = false;
  for (int y = 0; y < plane.texels.height; ++y) {
    const float at = (plane.origin.y + (static_cast<float>(y) + 0.5f) * plane.texel) / band.cell.y;
    const int cell = floor_of(at);
    // Row r of the lattice stays at r modulo 4 while it is needed.
    for (int r = any ? std::max(filled, cell - 1) : cell - 1; r < cell + 3; ++r)
      lattice.fill(r, rows[static_cast<unsigned>(r) % 4]);
    filled = cell + 3;
    any = true;
    const auto w = spline_weights(at - static_cast<float>(cell));
    const float *a = rows[static_cast<unsigned>(cell - 1) % 4].data();
    const float *b = rows[static_cast<unsigned>(cell) % 4].data();
    const float *c = rows[static_cast<unsigned>(cell + 1) % 4].data();
    const float *d = rows[static_cast<unsigned>(cell + 2) % 4].data();
    float *out = map.ptr<float>(y);
    for (int x = 0; x < plane.texels.width; ++x)
      out[x] += scale * (w[0] * a[x] + w[1] * b[x] + w[2] * c[x] + w[3] * d[x]);
  }
}

cv::Mat fbm(const NoisePlane &plane, const Fbm &parameters) {
  float power = 0, amplitude = 1;
  for (int i = 0; i < parameters.octaves; ++i, amplitude *= parameters.gain)
    power += amplitude * amplitude;
  cv::Mat map = cv::Mat::zeros(plane.texels, CV_32FC1);
  amplitude = 1 / std::sqrt(power);
  float cell = parameters.coarsest;
  for (int i = 0; i < parameters.octaves; ++i, amplitude *= parameters.gain, cell /= 2)
    add_noise(map, plane, {mix(parameters.seed + static_cast<std::uint64_t>(i)), {cell, cell}},
              amplitude);
  return map;
}

cv::Mat worley_edges(const NoisePlane &plane, std::uint64_t seed, float cell) {
  constexpr float kFar = 4;
  cv::Mat first(plane.texels, CV_32FC1, cv::Scalar(kFar)), second = first.clone();
  const float step = plane.texel / cell;
  const cv::Point2f origin = plane.origin / cell;
  const int cells_x0 = floor_of(origin.x) - 1, cells_y0 = floor_of(origin.y) - 1;
  const int cells_x1 = floor_of(origin.x + static_cast<float>(plane.texels.width) * step) + 1;
  const int cells_y1 = floor_of(origin.y + static_cast<float>(plane.texels.height) * step) + 1;
  const std::uint64_t seed_y = mix(seed);
  // A point reaches texels up to one and a half cells away.
  constexpr float kReach = 1.5f;
  for (int j = cells_y0; j <= cells_y1; ++j) {
    for (int i = cells_x0; i <= cells_x1; ++i) {
      const float px = static_cast<float>(i) + 0.5f + 0.5f * lattice_value(seed, i, j);
      const float py = static_cast<float>(j) + 0.5f + 0.5f * lattice_value(seed_y, i, j);
      const float tx = (px - origin.x) / step - 0.5f, ty = (py - origin.y) / step - 0.5f;
      const float reach = kReach / step;
      const int x0 = std::max(0, floor_of(tx - reach)), y0 = std::max(0, floor_of(ty - reach));
      const int x1 = std::min(plane.texels.width - 1, floor_of(tx + reach) + 1);
      const int y1 = std::min(plane.texels.height - 1, floor_of(ty + reach) + 1);
      for (int y = y0; y <= y1; ++y) {
        const float dy = (static_cast<float>(y) - ty) * step;
        float *near = first.ptr<float>(y), *next = second.ptr<float>(y);
        for (int x = x0; x <= x1; ++x) {
          const float dx = (static_cast<float>(x) - tx) * step;
          const float d = dx * dx + dy * dy;
          next[x] = std::min(next[x], std::max(near[x], d));
          near[x] = std::min(near[x], d);
        }
      }
    }
  }
  for (int y = 0; y < first.rows; ++y) {
    float *near = first.ptr<float>(y);
    const float *next = second.ptr<float>(y);
    for (int x = 0; x < first.cols; ++x) near[x] = std::sqrt(next[x]) - std::sqrt(near[x]);
  }
  return first;
}

}  // namespace hyperlips::synth
