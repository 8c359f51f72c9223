// SPDX-License-Identifier: LGPL-2.1-or-later
// Data sets of synthetic talking heads: layouts, reproducibility, errors.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/error.hpp"
#include "tests/training/data/generated_clips.hpp"
#include "tests/training/run/file_limit.hpp"
#include "training/data/base_dataset.hpp"
#include "training/data/clip_store.hpp"
#include "training/data/crop_source.hpp"
#include "training/data/wav_file.hpp"
#include "training/preprocess/clip_folder.hpp"
#include "training/synth/synthetic_dataset.hpp"

using namespace hyperlips::test;
using namespace hyperlips::training;
using hyperlips::Error;
using hyperlips::ErrorKind;

namespace {

namespace fs = std::filesystem;

constexpr int kClips = 4, kFrames = 20;

std::map<std::string, std::string> files(const fs::path &folder) {
  std::map<std::string, std::string> all;
  for (const auto &entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    all[fs::relative(entry.path(), folder).string()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return all;
}

std::vector<std::string> names(const std::map<std::string, std::string> &files) {
  std::vector<std::string> all;
  for (const auto &[name, bytes] : files) all.push_back(name);
  return all;
}

class SyntheticDataset : public testing::Test {
 protected:
  SyntheticDataset() {
    options.clips.seconds = double(kFrames) / 25;
    options.clips.frame_size = 200;
    options.clips.seed = 11;
    options.hours = kClips * options.clips.seconds / 3600;
    options.workers = 2;
  }

  SynthReport run(const std::string &name, const SynthCallback &progress = {}) {
    options.output = folder / name;
    return make_synthetic_dataset(options, progress, cancel);
  }

  std::string error_of(const std::string &name, ErrorKind kind = ErrorKind::Settings) {
    try {
      run(name);
    } catch (const Error &error) {
      EXPECT_EQ(int(error.kind()), int(kind)) << error.what();
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return {};
  }

  /// A run that is stopped after each clip and resumed has the output of a single run.
  void expect_same_after_interruptions() {
    run("whole");
    options.workers = 1;
    run("alone");
    const auto whole = files(folder / "whole");
    EXPECT_EQ(names(files(folder / "alone")), names(whole));
    EXPECT_TRUE(files(folder / "alone") == whole);
    options.workers = 2;
    int runs = 0;
    for (bool goes_on = true; goes_on && runs < 20; ++runs) {
      cancel = false;
      const SynthReport report = run("parts", [&](const SynthProgress &progress) {
        if (progress.done > progress.before) cancel = true;
      });
      goes_on = report.cancelled;
      EXPECT_EQ(goes_on, report.clips.size() < kClips);
      EXPECT_FALSE(fs::exists(folder / "parts/.partial"));
    }
    EXPECT_GT(runs, 1);
    EXPECT_EQ(names(files(folder / "parts")), names(whole));
    EXPECT_TRUE(files(folder / "parts") == whole);
    cancel = false;
    EXPECT_EQ(run("parts").before, std::uint64_t(kClips));
    EXPECT_TRUE(files(folder / "parts") == whole);
  }

  TemporaryFolder folder;
  SynthOptions options;
  std::atomic<bool> cancel = false;
};

TEST_F(SyntheticDataset, PublishedLayout) {
  const SynthReport report = run("a");
  EXPECT_EQ(report.clips.size(), std::size_t(kClips));
  EXPECT_NEAR(report.seconds(), kClips * kFrames / 25.0, 1e-9);
  const ClipList list = list_clips(folder / "a", {});
  EXPECT_EQ(list.train.size(), std::size_t(kClips - 1));
  ASSERT_EQ(list.validation.size(), 1u);
  EXPECT_EQ(list.left_out(), 0);
  EXPECT_EQ(report.validation, std::vector{list.validation[0].name});
  std::vector<Clip> all = list.train;
  all.push_back(list.validation[0]);
  cv::Mat first;
  for (const Clip &clip : all) {
    EXPECT_EQ(clip.frames(), kFrames);
    const cv::Mat picture = cv::imread(clip.picture(3).string());
    ASSERT_EQ(picture.size(), cv::Size(128, 128));
    if (first.empty())
      first = picture;
    else
      EXPECT_GT(cv::norm(first, picture, cv::NORM_L1) / double(picture.total()), 3)
          << "two clips show the same head";
    const Wav wav = read_wav(clip.sound());
    EXPECT_EQ(wav.sample_rate, 16000);
    EXPECT_EQ(wav.samples.size(), std::size_t(640 * kFrames));
  }
  const auto json = nlohmann::json::parse(std::ifstream(folder / "a/report.json"));
  EXPECT_EQ(json["complete"], true);
  EXPECT_EQ(json["totals"]["clips"], kClips);
  EXPECT_EQ(json["totals"]["validation"], 1);
  EXPECT_EQ(json["clips"].size(), std::size_t(kClips));
  EXPECT_TRUE(json["clips"][0]["speech"].contains("level_db"));
}

TEST_F(SyntheticDataset, CropsFitTheFace) {
  const ClipPlan plan = plan_clip(options.clips, 2);
  const auto clip = make_clip(plan, cancel);
  ASSERT_TRUE(clip);
  ASSERT_EQ(clip->frames(), std::size_t(kFrames));
  ASSERT_EQ(clip->samples.size(), std::size_t(640 * kFrames));
  for (const hyperlips::Landmarks &landmarks : clip->landmarks) {
    const hyperlips::Box box = hyperlips::bounding_box(landmarks);
    EXPECT_NEAR(box.x0, 2, 6);
    EXPECT_NEAR(box.y0, 2, 6);
    EXPECT_NEAR(box.x1, 126, 6);
    EXPECT_NEAR(box.y1, 121, 7);
  }
  cancel = true;
  EXPECT_FALSE(make_clip(plan, cancel));
}

TEST_F(SyntheticDataset, ClipsHaveTheirTruth) {
  const ClipPlan plan = plan_clip(options.clips, 2);
  const auto clip = make_clip(plan, cancel);
  ASSERT_TRUE(clip);
  EXPECT_EQ(clip->framing, hyperlips::Framing::Steady);
  ASSERT_EQ(clip->mouths.size(), clip->frames());
  ASSERT_FALSE(clip->phonemes.empty());
  // The gap between the lips is the opening of the mouth.
  double xy = 0, xx = 0, yy = 0, x = 0, y = 0;
  for (std::size_t n = 0; n < clip->frames(); ++n) {
    const double gap = cv::norm(clip->landmarks[n][13] - clip->landmarks[n][14]);
    const double opening = clip->mouths[n].opening;
    x += gap, y += opening, xy += gap * opening, xx += gap * gap, yy += opening * opening;
  }
  const auto n = double(clip->frames());
  if (n * yy - y * y > 1e-6) {
    EXPECT_GT((n * xy - x * y) / std::sqrt((n * xx - x * x) * (n * yy - y * y)), 0.98);
  }
  const double length = n / 25;
  EXPECT_LE(clip->phonemes.front().start, 0);
  EXPECT_GE(clip->phonemes.back().end, length);
  for (const auto &phoneme : clip->phonemes) {
    EXPECT_LT(phoneme.start, length);
    EXPECT_GT(phoneme.end, 0);
    EXPECT_GE(phoneme.release, phoneme.start);
  }
}

TEST_F(SyntheticDataset, PacksKeepTruthAndCrop) {
  options.output = folder / "pack";
  options.crops = CropCoding::Jpeg;
  options.clips.framing = hyperlips::Framing::Published;
  make_synthetic_dataset(options, {}, cancel);
  const CropPack pack(options.output / "synth.crops");
  const auto clip = make_clip(plan_clip(options.clips, 1), cancel);
  EXPECT_EQ(pack.framing(1), hyperlips::Framing::Published);
  const auto truth = pack.truth(1);
  ASSERT_TRUE(truth);
  ASSERT_EQ(truth->landmarks.size(), clip->frames());
  EXPECT_NEAR(truth->landmarks[3][17].x, clip->landmarks[3][17].x, 0.01);
  EXPECT_EQ(truth->mouths[3].jaw, clip->mouths[3].jaw);
  EXPECT_EQ(truth->phonemes.size(), clip->phonemes.size());
}

TEST_F(SyntheticDataset, PlansDependOnlyOnSeedAndNumber) {
  const ClipPlan plan = plan_clip(options.clips, 7);
  EXPECT_EQ(plan.seed, plan_clip(options.clips, 7).seed);
  EXPECT_NE(plan.seed, plan_clip(options.clips, 8).seed);
  SynthClipOptions other = options.clips;
  other.seed = 12;
  EXPECT_NE(plan.seed, plan_clip(other, 7).seed);
  options.clips.languages = {"de"};
  EXPECT_EQ(plan_clip(options.clips, 7).language, "de");
}

TEST_F(SyntheticDataset, FoldersAreReproducible) { expect_same_after_interruptions(); }

TEST_F(SyntheticDataset, PacksAreReproducible) {
  options.crops = CropCoding::Raw;
  expect_same_after_interruptions();
}

TEST_F(SyntheticDataset, LayoutsGiveEqualExamples) {
  run("folders");
  options.crops = CropCoding::Jpeg;
  run("pack");
  const auto source = std::make_shared<CropSource>(CropPack(folder / "pack/synth.crops"), 1 << 20);
  const ClipList list = list_clips(folder / "folders", {}), packed = source->list({});
  ASSERT_EQ(packed.train.size(), list.train.size());
  ASSERT_EQ(packed.validation.size(), list.validation.size());
  EXPECT_EQ(packed.validation[0].name, list.validation[0].name);
  const BaseDataset folders(list.train, std::make_shared<ClipStore>()), pack(packed.train, source);
  for (int i = 0; i < 5; ++i) {
    const Batch a = folders.example(3, i), b = pack.example(3, i);
    for (const auto &[what, tensor] : a) EXPECT_TRUE(torch::equal(tensor, b.at(what))) << what;
  }
}

TEST_F(SyntheticDataset, MoreHoursAddClips) {
  run("a");
  const auto before = files(folder / "a");
  options.hours *= 1.5;
  const SynthReport report = run("a");
  EXPECT_EQ(report.before, std::uint64_t(kClips));
  EXPECT_EQ(report.clips.size(), std::size_t(kClips) * 3 / 2);
  const auto after = files(folder / "a");
  for (const auto &[name, bytes] : before) {
    if (name.starts_with("imgs")) {
      EXPECT_TRUE(after.at(name) == bytes) << name;
    }
  }
  options.hours /= 3;
  EXPECT_EQ(run("a").clips.size(), report.clips.size());
}

TEST_F(SyntheticDataset, RejectsOtherDataSets) {
  options.hours /= kClips;
  run("a");
  options.clips.seed = 12;
  EXPECT_NE(error_of("a").find("seed was 11, now it is 12"), std::string::npos);
  options.clips.seed = 11;
  options.clips.frame_size = 220;
  EXPECT_NE(error_of("a").find("frame_size"), std::string::npos);
  options.crops = CropCoding::Raw;
  EXPECT_NE(error_of("a").find("imgs"), std::string::npos);
  run("b");
  options.crops.reset();
  EXPECT_NE(error_of("b").find("synth.crops"), std::string::npos);
  options.clips.frame_size = 200;
  std::string log = files(folder / "a").at("synth.jsonl");
  const std::string key = "\"hyperlips\":\"";
  ASSERT_NE(log.find(key), std::string::npos);
  log.insert(log.find(key) + key.size(), "another ");
  write_bytes(folder / "a/synth.jsonl", log);
  EXPECT_NE(error_of("a").find("hyperlips was \"another "), std::string::npos);
  fs::create_directories(folder / "c/imgs");
  EXPECT_NE(error_of("c").find("another data set"), std::string::npos);
  write_bytes(folder / "d", "a file");
  EXPECT_NE(error_of("d", ErrorKind::Failed).find((folder / "d").string()), std::string::npos);
}

TEST_F(SyntheticDataset, RejectsInvalidOptions) {
  const auto refused = [&](auto change, const std::string &words) {
    const SynthOptions good = options;
    change();
    EXPECT_NE(error_of("x").find(words), std::string::npos) << words;
    EXPECT_FALSE(fs::exists(folder / "x"));
    options = good;
  };
  refused([&] { options.hours = 0; }, "hours");
  refused([&] { options.hours = NAN; }, "hours");
  refused([&] { options.hours = 1e9; }, "hours");
  refused([&] { options.clips.seconds = 0.5; }, "0.64");
  refused([&] { options.clips.seconds = 61; }, "60 seconds");
  refused([&] { options.clips.frame_size = 64; }, "pixels");
  refused([&] { options.clips.clean_share = 1.5; }, "clean");
  refused([&] { options.validation_share = 0.6; }, "validation");
  refused([&] { options.workers = -1; }, "workers");
  refused([&] { options.clips.languages = {"en", "klingonese"}; }, "klingonese");
}

TEST_F(SyntheticDataset, ResumesAfterFullDisk) {
  options.crops = CropCoding::Raw;
  run("whole");
  const std::uint64_t size = fs::file_size(folder / "whole/synth.crops");
  {
    const FileLimit limit(size * 6 / 10);
    const std::string error = error_of("a", ErrorKind::Failed);
    EXPECT_NE(error.find("synth.crops"), std::string::npos) << error;
    EXPECT_NE(error.find("free disk space"), std::string::npos) << error;
  }
  EXPECT_EQ(CropPack(folder / "a/synth.crops").clips().size(), std::size_t(kClips / 2));
  EXPECT_EQ(run("a").before, std::uint64_t(kClips / 2));
  EXPECT_TRUE(files(folder / "a") == files(folder / "whole"));
}

}  // namespace
