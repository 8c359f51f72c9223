// SPDX-License-Identifier: LGPL-2.1-or-later
// Detection, mesh and tracking of a drawn face in a 1280x720 frame. Compare "Time" with "CPU" for
// the threads that OpenCV takes.
#include <benchmark/benchmark.h>

#include "common/drawn_face.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/mesh.hpp"
#include "hyperlips/face/tracker.hpp"

namespace hyperlips {
namespace {

const cv::Size kFrame{1280, 720};

void BM_Detect(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {});
  Detector detector;
  for (auto _ : state) benchmark::DoNotOptimize(detector.detect(view_of(frame)));
}

void BM_DetectSmallFaceInTiles(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {.width = 40 / 1280.0f});
  Detector detector;
  for (auto _ : state) benchmark::DoNotOptimize(detector.detect(view_of(frame)));
}

void BM_Mesh(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {});
  const MeshRegion region = mesh_region(Detector().detect(view_of(frame)).at(0));
  FaceMesh mesh;
  for (auto _ : state) benchmark::DoNotOptimize(mesh.run(view_of(frame), region));
}

void BM_Track(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {});
  Tracker tracker({});
  for (auto _ : state) benchmark::DoNotOptimize(tracker.track(view_of(frame)));
}

void BM_Crop(benchmark::State &state) {
  const cv::Mat frame = draw_face(kFrame, {});
  for (auto _ : state)
    benchmark::DoNotOptimize(crop_face(view_of(frame), {440.5f, 160.25f, 830.5f, 560.25f}));
}

BENCHMARK(BM_Detect)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(BM_DetectSmallFaceInTiles)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK(BM_Mesh)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(BM_Track)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(BM_Crop)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
}  // namespace hyperlips

BENCHMARK_MAIN();
