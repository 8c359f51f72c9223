// SPDX-License-Identifier: LGPL-2.1-or-later
// Examples per second for training from folders of JPEG files and from crop packs. An example has
// five frames, so a step that processes F faces per second needs F / 5. Packs are also measured in
// pictures per second, read in random order from the system's cache.
#include <benchmark/benchmark.h>

#include "tests/training/data/generated_clips.hpp"
#include "training/data/base_dataset.hpp"
#include "training/data/clip_store.hpp"
#include "training/data/crop_pack_writer.hpp"
#include "training/data/crop_source.hpp"
#include "training/data/hr_dataset.hpp"
#include "training/data/prefetcher.hpp"
#include "training/data/wav_file.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

constexpr int kFrames = 40;

/// Four clips in both published layouts, HR ground truth with 256 pixels.
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
    prefetcher.next();  // batches loaded before the measurement; fills the cache
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

/// The clips of data_folder() as a pack.
std::filesystem::path pack(CropCoding coding) {
  const auto path = data_folder() / (coding == CropCoding::Raw ? "raw.crops" : "jpeg.crops");
  if (std::filesystem::exists(path)) return path;
  CropPackWriter writer(path, coding, "{}");
  for (int clip = 0; clip < 4; ++clip) {
    const std::string name = "s/" + std::to_string(clip);
    std::vector<cv::Mat> crops;
    for (int n = 0; n < kFrames; ++n)
      crops.push_back(test::textured_picture(kFrames * clip + n, 128));
    const Wav wav = read_wav(data_folder() / "imgs" / name / "audio.wav");
    writer.add(make_record(name, std::uint64_t(clip), crops, wav.samples, coding));
  }
  writer.finish({});
  return path;
}

/// Arguments: threads, coding.
void bench_base_from_pack(benchmark::State &state) {
  const auto source =
      std::make_shared<CropSource>(CropPack(pack(CropCoding(state.range(1)))), 1 << 28);
  load(state, std::make_shared<BaseDataset>(source->list({}).train, source));
}

/// Argument: coding. Each thread of the benchmark reads single pictures.
void bench_pack(benchmark::State &state) {
  const CropPack crops(pack(CropCoding(state.range(0))));
  Random random(1, "bench", std::uint64_t(state.thread_index()));
  for (auto _ : state)
    benchmark::DoNotOptimize(crops.picture(random.below(4), int(random.below(kFrames))));
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(bench_base)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(bench_base_from_pack)
    ->ArgNames({"threads", "jpeg"})
    ->ArgsProduct({{1, 2}, {0, 1}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(bench_pack)->ArgName("jpeg")->Arg(0)->Arg(1)->ThreadRange(1, 2)->UseRealTime();
BENCHMARK(bench_hr)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hyperlips::training

BENCHMARK_MAIN();
