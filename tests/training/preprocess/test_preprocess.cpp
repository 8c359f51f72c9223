// SPDX-License-Identifier: LGPL-2.1-or-later
// Data sets in the published layout from videos: names, lists, report, resuming, errors.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "preprocess_testing.hpp"
#include "training/data/clip_store.hpp"
#include "training/data/wav_file.hpp"
#include "training/preprocess/clip_folder.hpp"
#include "training/preprocess/dataset_writer.hpp"
#include "training/preprocess/preprocess.hpp"

using namespace hyperlips::test;
using namespace hyperlips::training;
using hyperlips::Error;
using hyperlips::ErrorKind;

namespace {

std::vector<std::string> lines(const fs::path &path) {
  std::ifstream file(path);
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);) all.push_back(line);
  return all;
}

class Preprocess : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    gst_init(nullptr, nullptr);
    media = std::make_unique<TestFolder>();
    write_speaker(*media, *media / "short.mp4", 30);
    write_speaker(*media, *media / "long.mp4", 60);
  }
  static void TearDownTestSuite() { media.reset(); }
  static std::unique_ptr<TestFolder> media;

  void SetUp() override {
    options.output = folder / "out";
    options.clips.max_seconds = 1.2;
    options.jobs = 2;
    options.offset = 0;  // drawn faces do not speak
  }
  /// A copy of one of the two videos.
  fs::path put(const std::string &name, const std::string &from = "short.mp4") {
    const fs::path path = folder / name;
    fs::create_directories(path.parent_path());
    fs::copy_file(*media / from, path, fs::copy_options::overwrite_existing);
    return path;
  }
  PreprocessReport run() { return preprocess(options, callbacks, cancel); }
  std::string error_of_run() {
    try {
      run();
    } catch (const Error &error) {
      return error.what();
    }
    return "no error";
  }

  TestFolder folder;
  PreprocessOptions options;
  PreprocessCallbacks callbacks;
  std::atomic<bool> cancel = false;
};
std::unique_ptr<TestFolder> Preprocess::media;

TEST_F(Preprocess, PublishedLayout) {
  put("in/Anna B/one.mp4");
  put("in/Anna B/two.mp4", "long.mp4");
  const fs::path alone = put("single.mp4");
  options.inputs = {folder / "in", alone};
  const PreprocessReport report = run();
  const std::set<std::string> expected{"Anna_B/one_0000", "Anna_B/two_0000", "Anna_B/two_0001",
                                       "single/single_0000"};
  EXPECT_EQ(clip_folders(options.output), expected);
  for (const std::string &name : expected) {
    const fs::path clip = options.output / "imgs" / name;
    for (int n = 0; n < 30; ++n) {
      const cv::Mat picture = cv::imread(clip / (std::to_string(n) + ".jpg"));
      ASSERT_EQ(picture.size(), cv::Size(128, 128)) << name << " " << n;
    }
    EXPECT_FALSE(fs::exists(clip / "30.jpg"));
    const Wav wav = read_wav(clip / "audio.wav");
    EXPECT_EQ(wav.sample_rate, 16000);
    EXPECT_EQ(wav.samples.size(), 30u * 640);
    const Clip source{name, clip, {{0, 30}}};
    EXPECT_EQ(ClipStore().truth(source).value().landmarks.size(), 30u);
    EXPECT_EQ(ClipStore().framing(source), hyperlips::Framing::Steady);
  }
  auto train = lines(options.output / "filelists/train.txt");
  const auto val = lines(options.output / "filelists/val.txt");
  EXPECT_EQ(val.size(), 1u);
  train.insert(train.end(), val.begin(), val.end());
  EXPECT_EQ(std::set(train.begin(), train.end()), expected);
  EXPECT_EQ(train.size(), expected.size());

  EXPECT_EQ(report.frames(), 120);
  const auto json = read_json(options.output / "report.json");
  EXPECT_EQ(json["totals"]["clips"], 4);
  EXPECT_EQ(json["totals"]["frames"], 120);
  EXPECT_EQ(json["videos"].size(), 3u);
  EXPECT_EQ(json["complete"], true);
  EXPECT_FALSE(fs::exists(options.output / ".partial"));
}

TEST_F(Preprocess, NativeResolution) {
  options.inputs = {put("a/one.mp4")};
  options.native_resolution = true;
  run();
  const cv::Mat native = cv::imread(options.output / "imgs/one/one_0000/3.jpg");
  EXPECT_EQ(native.rows, native.cols);
  EXPECT_GE(native.rows, 128);
}

TEST_F(Preprocess, ReportsDroppedSegments) {
  const auto draw = [](int index) {
    const cv::Size size(320, 240);
    return index < 25 ? hyperlips::draw_background(size)
                      : hyperlips::draw_face(size, speaking_face(index));
  };
  write_speaker(folder, folder / "a.mp4", 55, draw);
  options.inputs = {folder / "a.mp4"};
  run();
  const auto video = read_json(options.output / "report.json")["videos"][0];
  ASSERT_EQ(video["dropped"].size(), 1u);
  EXPECT_EQ(video["dropped"][0]["reason"], "no face");
  EXPECT_NEAR(video["dropped"][0]["end"].get<double>(), 1, 0.041);
  EXPECT_EQ(video["clips"][0]["name"], "a/a_0000");
}

TEST_F(Preprocess, ResumesAfterCancel) {
  put("in/a/1.mp4");
  put("in/a/2.mp4");
  put("in/a/3.mp4", "long.mp4");
  options.inputs = {folder / "in"};
  options.jobs = 1;
  // Stops during the third video or, on a fast machine, after it.
  callbacks.progress = [&](const PreprocessProgress &progress) {
    if (progress.done == 2 && progress.clips == 3) cancel = true;
  };
  const PreprocessReport first = run();
  EXPECT_TRUE(first.cancelled);
  EXPECT_EQ(read_json(options.output / "report.json")["complete"], false);
  const std::size_t finished = first.videos.size();
  ASSERT_GE(finished, 2u);

  std::ofstream(options.output / "preprocess.jsonl", std::ios::app) << "{\"path\": \"cut o";
  const fs::path untouched = options.output / "imgs/a/1_0000/0.jpg";
  const auto before = fs::last_write_time(untouched);
  cancel = false;
  callbacks.progress = {};
  const PreprocessReport second = run();
  EXPECT_EQ(second.skipped, finished);
  EXPECT_EQ(second.videos.size(), 3u);
  EXPECT_EQ(fs::last_write_time(untouched), before);
  EXPECT_EQ(clip_folders(options.output),
            (std::set<std::string>{"a/1_0000", "a/2_0000", "a/3_0000", "a/3_0001"}));
  EXPECT_EQ(second.clip_names().size(), 4u);
  const PreprocessReport third = run();
  EXPECT_EQ(third.skipped, 3u);
  EXPECT_EQ(third.clip_names(), second.clip_names());
}

TEST_F(Preprocess, RepeatsChangedVideo) {
  put("in/a/1.mp4", "long.mp4");
  put("in/a/2.mp4");
  options.inputs = {folder / "in"};
  run();
  put("in/a/1.mp4");
  const PreprocessReport report = run();
  EXPECT_EQ(report.skipped, 1u);
  EXPECT_EQ(clip_folders(options.output), (std::set<std::string>{"a/1_0000", "a/2_0000"}));
}

TEST_F(Preprocess, SkipsUnreadableVideo) {
  put("in/a/good.mp4");
  std::ofstream(folder / "in/a/bad.mp4") << std::string(5000, 'x');
  options.inputs = {folder / "in"};
  std::string log;
  callbacks.log = [&](const std::string &line) { log += line; };
  const PreprocessReport report = run();
  EXPECT_EQ(report.failed(), 1u);
  EXPECT_NE(log.find("bad.mp4"), std::string::npos) << log;
  EXPECT_EQ(clip_folders(options.output), (std::set<std::string>{"a/good_0000"}));
  EXPECT_EQ(run().skipped, 1u);  // the unreadable one is tried again
}

TEST_F(Preprocess, RejectsOtherOptions) {
  options.inputs = {put("a/1.mp4")};
  run();
  options.clips.faces.min_face = 80;
  EXPECT_NE(error_of_run().find("min_face was 64.0, now it is 80.0"), std::string::npos)
      << error_of_run();
}

TEST_F(Preprocess, ErrorsNameWhatIsMissing) {
  options.inputs = {folder / "nowhere"};
  EXPECT_NE(error_of_run().find("nowhere"), std::string::npos);
  fs::create_directories(folder / "empty");
  options.inputs = {folder / "empty"};
  EXPECT_NE(error_of_run().find("No videos"), std::string::npos);
  write_speaker(folder, folder / "silent.mp4", 30, {}, {});
  options.inputs = {folder / "silent.mp4"};
  EXPECT_NE(error_of_run().find("too little speech"), std::string::npos) << error_of_run();
  options.hr = true;
  EXPECT_NE(error_of_run().find("HyperLipsBase"), std::string::npos);
}

TEST_F(Preprocess, FullDiskIsAnError) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const ClipFolder clip(folder / ".partial", folder / "imgs/a/b");
  fs::create_symlink("/dev/full", clip / "0.jpg");
  try {
    clip.write("0.jpg", std::vector<std::uint8_t>(1 << 16));
    FAIL();
  } catch (const OutputError &error) {
    EXPECT_NE(std::string(error.what()).find("No space left"), std::string::npos) << error.what();
  }
}

TEST(VideoReport, ReadsDropReasonOfOlderReports) {
  VideoReport report;
  report.dropped.push_back({0, 1, Drop::OutOfSync, {}});
  nlohmann::json json = to_json(report);
  EXPECT_EQ(json["dropped"][0]["reason"], "sound out of sync");
  json["dropped"][0]["reason"] = "sound out of step";
  EXPECT_TRUE(video_report(json).dropped.at(0).reason == Drop::OutOfSync);
  json["dropped"][0]["reason"] = "unknown";
  EXPECT_THROW(video_report(json), nlohmann::json::exception);
}

TEST(ClipFolder, AppearsWhenComplete) {
  const TestFolder folder;
  const fs::path final = folder / "imgs/a/b";
  const std::vector<std::uint8_t> bytes{1, 2, 3};
  { ClipFolder(folder / ".partial", final).write("0.jpg", bytes); }
  EXPECT_FALSE(fs::exists(final));
  EXPECT_TRUE(fs::is_empty(folder / ".partial"));
  ClipFolder clip(folder / ".partial", final);
  clip.write("0.jpg", bytes);
  EXPECT_FALSE(fs::exists(final));
  clip.commit();
  EXPECT_EQ(fs::file_size(final / "0.jpg"), 3u);
}

TEST(FileLists, ValidationChoiceIsStable) {
  const TestFolder folder;
  std::vector<std::string> names;
  for (int i = 0; i < 100; ++i)
    names.push_back("s" + std::to_string(i % 7) + "/" + std::to_string(i));
  const auto lists = [&](std::size_t count, std::uint64_t seed) {
    const auto clips = std::span(names).first(count);
    write_filelists(folder / "out", clips, validation_clips(clips, seed));
    EXPECT_EQ(lines(folder / "out/filelists/train.txt").size() +
                  lines(folder / "out/filelists/val.txt").size(),
              count);
    return lines(folder / "out/filelists/val.txt");
  };
  const auto chosen = lists(100, 7);
  EXPECT_EQ(chosen.size(), 10u);
  EXPECT_EQ(lists(100, 7), chosen);
  EXPECT_NE(lists(100, 8), chosen);
  EXPECT_EQ(lists(1, 7).size(), 0u);
  EXPECT_EQ(lists(2, 7).size(), 1u);
  // One more clip changes at most one name.
  const auto fewer = lists(99, 7);
  EXPECT_GE(std::ranges::count_if(
                fewer, [&](const auto &name) { return std::ranges::count(chosen, name) > 0; }),
            std::ptrdiff_t(fewer.size()) - 1);
}

}  // namespace
