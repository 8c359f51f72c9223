// SPDX-License-Identifier: LGPL-2.1-or-later
// Detection, mesh and tracking of a drawn face in a frame of 1280x720. The ratio of "CPU" to "Time"
// is the number of threads in use.
#include <benchmark/benchmark.h>

#include "common/drawn_face.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mesh.hpp"
#include "hyperlips/face/tracker.hpp"

namespace hyperlips {
namespace {

const cv::Size kFrame{1280, 720};

void bench_detect(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {});
  Detector detector;
  for (auto _ : state) benchmark::DoNotOptimize(detector.detect(view_of(frame)));
}

void bench_detect_in_tiles(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {.width = 40 / 1280.0f});
  Detector detector;
  for (auto _ : state) benchmark::DoNotOptimize(detector.detect(view_of(frame)));
}

void bench_mesh(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {});
  const MeshRegion region = mesh_region(Detector().detect(view_of(frame)).at(0));
  FaceMesh mesh;
  for (auto _ : state) benchmark::DoNotOptimize(mesh.run(view_of(frame), region));
}

void bench_track(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {});
  Tracker tracker({});
  double time = 0;
  for (auto _ : state) benchmark::DoNotOptimize(tracker.track(view_of(frame), time += 0.04));
}

void bench_crop(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {});
  for (auto _ : state)
    benchmark::DoNotOptimize(crop_face(view_of(frame), {440.5f, 160.25f, 830.5f, 560.25f}));
}

BENCHMARK(bench_detect)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(bench_detect_in_tiles)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK(bench_mesh)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(bench_track)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(bench_crop)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace hyperlips

BENCHMARK_MAIN();
