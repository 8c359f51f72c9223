// SPDX-License-Identifier: LGPL-2.1-or-later
// Examples a second that reach a training step from folders of JPEG files. An example has five
// frames, so a step that does F faces a second needs F / 5.
#include <benchmark/benchmark.h>

#include "tests/training/data/generated_clips.hpp"
#include "training/data/base_dataset.hpp"
#include "training/data/hr_dataset.hpp"
#include "training/data/prefetcher.hpp"

namespace hyperlips::training {
namespace {

constexpr int kFrames = 40;

/// Four clips in both published layouts, HR truth with 256 pixels.
const std::filesystem::path &data_folder() {
  static const test::TemporaryFolder folder;
  static const bool written = [] {
    for (int clip = 0; clip < 4; ++clip) {
      const std::string name = "s/" + std::to_string(clip);
      const auto hr = folder / "HR_Train_Dateset";
      test::write_noise(folder / "imgs" / name, kFrames / 25.0);
      cv::Mat mask(256, 256, CV_8UC3, cv::Scalar::all(0));
      mask({80, 150, 96, 60}) = cv::Scalar::all(255);
      for (int n = 0; n < kFrames; ++n) {
        const std::string file = name + "/" + std::to_string(n) + ".jpg";
        const cv::Mat face = test::textured_picture(kFrames * clip + n, 128);
        const cv::Mat truth = test::textured_picture(kFrames * clip + n, 256);
        test::write_picture(folder / "imgs" / file, face, true);
        for (const char *kind : {"HYPER_IMG", "HYPER_SKETCH", "GT_SKETCH"})
          test::write_picture(hr / kind / file, face, true);
        test::write_picture(hr / "GT_IMG" / file, truth, true);
        test::write_picture(hr / "GT_MASK" / file, mask, true);
      }
    }
    return true;
  }();
  benchmark::DoNotOptimize(written);
  return folder.path();
}

/// Argument: threads.
void load(benchmark::State &state, std::shared_ptr<const Dataset> dataset) {
  constexpr int kBatch = 8;
  Prefetcher prefetcher(std::move(dataset),
                        {.batch = kBatch, .threads = static_cast<int>(state.range(0))});
  for (int i = 0; i < 4; ++i)
    prefetcher.next();  // what was loaded ahead of the clock, and the files
  for (auto _ : state) benchmark::DoNotOptimize(prefetcher.next());
  state.SetItemsProcessed(state.iterations() * kBatch);
}

void bench_base(benchmark::State &state) {
  load(state, std::make_shared<BaseDataset>(list_clips(data_folder(), {}).train,
                                            std::make_shared<ClipStore>()));
}

void bench_hr(benchmark::State &state) {
  const HrClipList list = list_hr_clips(data_folder(), {});
  load(state, std::make_shared<HrDataset>(list.folder, list.clips.train,
                                          std::make_shared<ClipStore>(), 256));
}

BENCHMARK(bench_base)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(bench_hr)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hyperlips::training

BENCHMARK_MAIN();
