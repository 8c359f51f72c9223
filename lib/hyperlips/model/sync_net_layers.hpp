// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>

namespace hyperlips {

/// Hyperparameters of a ConvBlock of SyncNet; stride is (height, width).
struct SyncNetLayer {
  std::int64_t in, out, kernel;
  std::array<std::int64_t, 2> stride;
  std::int64_t padding;
  bool residual;
};

/// Face encoder of HyperLips' SyncNet_color, for half faces of 64x128.
inline constexpr std::array<SyncNetLayer, 19> kSyncNetFaceLayers{{
    {15, 32, 7, {1, 1}, 3, false},   {32, 64, 5, {1, 2}, 1, false},
    {64, 64, 3, {1, 1}, 1, true},    {64, 64, 3, {1, 1}, 1, true},
    {64, 128, 3, {2, 2}, 1, false},  {128, 128, 3, {1, 1}, 1, true},
    {128, 128, 3, {1, 1}, 1, true},  {128, 128, 3, {1, 1}, 1, true},
    {128, 256, 3, {2, 2}, 1, false}, {256, 256, 3, {1, 1}, 1, true},
    {256, 256, 3, {1, 1}, 1, true},  {256, 512, 3, {2, 2}, 1, false},
    {512, 512, 3, {1, 1}, 1, true},  {512, 512, 3, {1, 1}, 1, true},
    {512, 512, 3, {2, 2}, 1, false}, {512, 512, 3, {1, 1}, 1, true},
    {512, 512, 3, {1, 1}, 1, true},  {512, 512, 4, {1, 1}, 0, false},
    {512, 512, 1, {1, 1}, 0, false},
}};

/// Face encoder of Wav2Lip's SyncNet_color, for half faces of 48x96.
inline constexpr std::array<SyncNetLayer, 17> kWav2lipSyncNetFaceLayers{{
    {15, 32, 7, {1, 1}, 3, false},
    {32, 64, 5, {1, 2}, 1, false},
    {64, 64, 3, {1, 1}, 1, true},
    {64, 64, 3, {1, 1}, 1, true},
    {64, 128, 3, {2, 2}, 1, false},
    {128, 128, 3, {1, 1}, 1, true},
    {128, 128, 3, {1, 1}, 1, true},
    {128, 128, 3, {1, 1}, 1, true},
    {128, 256, 3, {2, 2}, 1, false},
    {256, 256, 3, {1, 1}, 1, true},
    {256, 256, 3, {1, 1}, 1, true},
    {256, 512, 3, {2, 2}, 1, false},
    {512, 512, 3, {1, 1}, 1, true},
    {512, 512, 3, {1, 1}, 1, true},
    {512, 512, 3, {2, 2}, 1, false},
    {512, 512, 3, {1, 1}, 0, false},
    {512, 512, 1, {1, 1}, 0, false},
}};

/// Audio encoder of both, for a mel window of 80x16.
inline constexpr std::array<SyncNetLayer, 14> kSyncNetAudioLayers{{
    {1, 32, 3, {1, 1}, 1, false},
    {32, 32, 3, {1, 1}, 1, true},
    {32, 32, 3, {1, 1}, 1, true},
    {32, 64, 3, {3, 1}, 1, false},
    {64, 64, 3, {1, 1}, 1, true},
    {64, 64, 3, {1, 1}, 1, true},
    {64, 128, 3, {3, 3}, 1, false},
    {128, 128, 3, {1, 1}, 1, true},
    {128, 128, 3, {1, 1}, 1, true},
    {128, 256, 3, {3, 2}, 1, false},
    {256, 256, 3, {1, 1}, 1, true},
    {256, 256, 3, {1, 1}, 1, true},
    {256, 512, 3, {1, 1}, 0, false},
    {512, 512, 1, {1, 1}, 0, false},
}};

}  // namespace hyperlips
