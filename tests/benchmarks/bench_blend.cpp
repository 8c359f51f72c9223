// SPDX-License-Identifier: LGPL-2.1-or-later
#include <benchmark/benchmark.h>

#include <opencv2/core.hpp>
#include <vector>

#include "hyperlips/face/color_match.hpp"
#include "hyperlips/video/blend.hpp"
#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

/// A gray frame of 1920x1080 with consecutive planes.
struct Frame {
  std::vector<std::uint8_t> memory;
  FrameView view;

  explicit Frame(PixelFormat format) : memory(1920 * 1080 * 4, 100) {
    constexpr std::ptrdiff_t kLuma = 1920 * 1080, kChroma = kLuma / 4;
    view = {format, 1920, 1080, {}, {}, Orientation::Identity};
    std::uint8_t *data = memory.data();
    switch (format) {
      case PixelFormat::I420:
        view.planes = {{{data, 1920}, {data + kLuma, 960}, {data + kLuma + kChroma, 960}}};
        break;
      case PixelFormat::NV12:
        view.planes = {{{data, 1920}, {data + kLuma, 1920}}};
        break;
      case PixelFormat::P010_10LE:
        view.planes = {{{data, 3840}, {data + 2 * kLuma, 3840}}};
        break;
      case PixelFormat::v210:
        view.planes = {{{data, 5120}}};
        break;
      default:
        view.planes = {{{data, 1920 * 4}}};
        break;
    }
  }
};

/// Arguments: format, side of the mask, side of the generated picture.
void bench_blend(benchmark::State &state) {
  const Frame frame(static_cast<PixelFormat>(state.range(0)));
  const int side = static_cast<int>(state.range(1)), size = static_cast<int>(state.range(2));
  cv::Mat picture(size, size, CV_8UC3);
  cv::randu(picture, 0, 256);
  Mask mask{{700, 300, side, side}, cv::Mat(side, side, CV_32FC1)};
  cv::randu(mask.alpha, 0, 1);
  // The mask is the lower half of a face of twice its height.
  const double scale = 2.0 * side / size;
  const Affine map{{scale / 2, 0, 700.3, 0, scale, 300.6 - side}};
  for (auto _ : state) blend(frame.view, picture, map, mask, 1);
}

/// Argument: side of the generated picture.
void bench_match_color(benchmark::State &state) {
  const Frame frame(PixelFormat::I420);
  const int size = static_cast<int>(state.range(0));
  const cv::Mat picture(size, size, CV_8UC3, cv::Scalar(110, 100, 90));
  Mask mask{{700, 300, 300, 150}, cv::Mat(150, 300, CV_32FC1)};
  cv::randu(mask.alpha, 0, 1);
  const double scale = 300.0 / size;
  const Affine map{{scale, 0, 700.3, 0, scale, 150.6}};
  for (auto _ : state) benchmark::DoNotOptimize(match_color(frame.view, picture, map, mask));
}

/// Arguments: format, side of the result.
void bench_sample(benchmark::State &state) {
  const Frame frame(static_cast<PixelFormat>(state.range(0)));
  const int side = static_cast<int>(state.range(1));
  const Affine map{{2.3, 0.1, 600, -0.1, 2.3, 300}};
  for (auto _ : state)
    benchmark::DoNotOptimize(sample_bgr(frame.view, map, {side, side}, Border::Replicate));
}

const std::vector<std::int64_t> kFormats{
    static_cast<int>(PixelFormat::I420), static_cast<int>(PixelFormat::NV12),
    static_cast<int>(PixelFormat::BGRx), static_cast<int>(PixelFormat::P010_10LE),
    static_cast<int>(PixelFormat::v210)};

BENCHMARK(bench_blend)->ArgsProduct({kFormats, {300}, {128, 512}})->Unit(benchmark::kMillisecond);
BENCHMARK(bench_match_color)->Arg(128)->Arg(512)->Unit(benchmark::kMillisecond);
BENCHMARK(bench_sample)->ArgsProduct({kFormats, {128, 192}})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hyperlips

BENCHMARK_MAIN();
