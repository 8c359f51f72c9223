// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <cmath>

#include "synth/head/skin_layers.hpp"

namespace hyperlips::synth {

namespace {

constexpr float kFurrowCell = 0.011f;  // distance of the lines of the skin
constexpr float kFurrowDepth = 0.0006f;
constexpr float kPoreCell = 0.0085f, kPoreDepth = 0.0014f;
constexpr float kUnevenness = 0.0007f;
constexpr float kMatteGloss = 0.30f, kOilyGloss = 0.32f;

}  // namespace

void paint_grain(SkinCanvas &canvas, std::uint64_t seed, const Person &person,
                 const MakeUp &make_up) {
  Random random = layer_random(seed, SkinLayer::Grain);
  const std::uint64_t base = layer_seed(seed, SkinLayer::Grain);
  const SkinGrid &grid = canvas.grid;
  const NoisePlane plane = grid.plane();
  const float covered = 1 - 0.5f * make_up.foundation;
  const float coarse = random.uniform(0.4f, 1.0f) * (0.7f + 0.5f * (1 - person.femininity)) *
                       (0.7f + 0.009f * person.age) * covered;
  const float oily = random.uniform(0.2f, 1.2f);

  cv::Mat zone = cv::Mat::zeros(canvas.height.size(), CV_32FC1);
  add_bell(zone, grid, {0, -0.22f}, {0.22f, 0.10f}, 0.8f);
  add_bell(zone, grid, {0, 0.17f}, {0.06f, 0.13f}, 1.0f);
  add_bells(zone, grid, {-0.36f, 0.17f}, {0.12f, 0.06f}, 0.55f);
  add_bell(zone, grid, {0, 0.70f}, {0.10f, 0.06f}, 0.5f);
  add_bells(zone, grid, {-0.12f, 0.27f}, {0.04f, 0.04f}, 0.5f);

  const cv::Mat broad = fbm(plane, {mix(base + 1), 0.03f, 4, 0.6f});
  cv::Mat pores = cv::Mat::zeros(canvas.height.size(), CV_32FC1);
  add_noise(pores, plane, {mix(base + 2), {kPoreCell, kPoreCell}}, 0.8f);
  add_noise(pores, plane, {mix(base + 3), {kPoreCell / 2, kPoreCell / 2}}, 0.6f);
  const cv::Mat net = worley_edges(plane, mix(base + 4), kFurrowCell);
  // Cells finer than two texels would alias.
  const float net_seen = smooth_step(1.0f, 3.0f, kFurrowCell / grid.texel);
  const float crepe = smooth_step(45, 80, person.age);
  for (int y = 0; y < grid.size; ++y) {
    const float *oil = zone.ptr<float>(y), *wide = broad.ptr<float>(y);
    const float *pore = pores.ptr<float>(y), *cells = net.ptr<float>(y);
    float *height = canvas.height.ptr<float>(y), *gloss = canvas.gloss.ptr<float>(y);
    for (int x = 0; x < grid.size; ++x) {
      const float pit = std::max(0.0f, pore[x] - 0.6f), seam = std::max(0.0f, 0.3f - cells[x]);
      height[x] +=
          coarse * (kUnevenness * 0.5f * wide[x] - kPoreDepth * pit * (0.25f + 0.75f * oil[x]) -
                    kFurrowDepth * net_seen * (1 + crepe) * seam / 0.3f);
      const float reflectance = kMatteGloss + kOilyGloss * oily * oil[x] + 0.05f * wide[x];
      gloss[x] = std::clamp(reflectance * (1 - 0.55f * make_up.powder) - 0.15f * coarse * pit,
                            0.05f, 1.0f);
    }
  }
}

}  // namespace hyperlips::synth
