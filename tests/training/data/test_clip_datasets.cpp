// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <thread>

#include <torch/torch.h>

#include "hyperlips/audio/mel_window.hpp"
#include "hyperlips/error.hpp"
#include "tests/training/data/generated_clips.hpp"
#include "training/data/base_dataset.hpp"
#include "training/data/clip_store.hpp"
#include "training/data/sync_dataset.hpp"
#include "training/data/wav_file.hpp"
#include "training/data/windows.hpp"

namespace hyperlips::training {
namespace {

namespace fs = std::filesystem;

/// Clip and frame of a pixel of numbered_picture().
struct Seen {
  int clip, frame;
  bool operator==(const Seen &) const = default;
};

Seen seen(float blue, float green) {
  return {static_cast<int>(std::lround(blue * 255 / 20)),
          static_cast<int>(std::lround(green * 255 / 4))};
}

/// Frame `t` of a (3, T, H, W) window, read at a pixel.
Seen seen(const torch::Tensor &window, int t, int row = 32, int column = 32) {
  const auto at = window.accessor<float, 4>();
  return seen(at[0][t][row][column], at[1][t][row][column]);
}

/// Near the end of the sound, the last 16 columns.
bool is_mel(const torch::Tensor &window, const std::vector<MelColumn> &columns, int start) {
  start = std::min(start, int(columns.size()) - 16);
  const auto at = window.accessor<float, 3>();
  for (int band = 0; band < 80; ++band)
    for (int i = 0; i < 16; ++i)
      if (at[0][band][i] != columns[start + i][band]) return false;
  return true;
}

int published_start(int frame) { return static_cast<int>(80. * (frame / 25.)); }

bool same(const Batch &a, const Batch &b) {
  if (a.size() != b.size()) return false;
  for (const auto &[name, tensor] : a)
    if (!b.count(name) || !torch::equal(tensor, b.at(name))) return false;
  return true;
}

/// Two clips: one of frames 0 ... 39 with 1.6 s of sound (129 columns), one of frames 10 ... 39.
class ClipDatasets : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<test::TemporaryFolder>();
    test::write_numbered_pictures(clip(1), 1, 0, 40);
    test::write_noise(clip(1), 1.6, 1);
    test::write_numbered_pictures(clip(2), 2, 10, 30);
    test::write_noise(clip(2), 1.7, 2);
    for (int i : {1, 2}) mel_[i] = mel_spectrogram(read_wav(clip(i) / "audio.wav").samples);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static fs::path clip(int number) { return *folder_ / ("imgs/s/" + std::to_string(number)); }

  static std::vector<Clip> clips() {
    const auto both = list_clips(folder_->path(), {});
    std::vector<Clip> clips = both.train;
    clips.insert(clips.end(), both.validation.begin(), both.validation.end());
    std::sort(clips.begin(), clips.end(),
              [](const Clip &a, const Clip &b) { return a.name < b.name; });
    return clips;
  }

  static std::shared_ptr<ClipStore> store() { return std::make_shared<ClipStore>(); }

  static inline std::unique_ptr<test::TemporaryFolder> folder_;
  static inline std::array<std::vector<MelColumn>, 3> mel_;
};

TEST(MelStart, EqualsPublishedScripts) {
  for (int frame = 0; frame < 20000; ++frame) ASSERT_EQ(mel_start(frame), published_start(frame));
  for (int columns = 0; columns < 2000; ++columns) {
    int last = -1;
    while (published_start(last + 1) + 16 <= columns) ++last;
    ASSERT_EQ(last_frame_with_mel(columns), last) << columns;
  }
}

TEST_F(ClipDatasets, BaseExamplesHavePublishedWindows) {
  const BaseDataset dataset(clips(), store());
  EXPECT_EQ(dataset.epoch(), 2);
  std::set<int> starts, references, drawn;
  for (int index = 0; index < 300; ++index) {
    const Batch example = dataset.example(5, index);
    ASSERT_EQ(example.size(), 5u);
    const auto &target = example.at("target"), &face = example.at("face");
    ASSERT_EQ(target.sizes(), (torch::IntArrayRef{3, 5, 128, 128}));
    ASSERT_EQ(face.sizes(), (torch::IntArrayRef{6, 5, 128, 128}));
    ASSERT_EQ(example.at("mels").sizes(), (torch::IntArrayRef{5, 1, 80, 16}));
    const Seen first = seen(target, 0);
    const torch::Tensor reference = face.slice(0, 3);
    const Seen other = seen(reference, 0);
    ASSERT_EQ(other.clip, first.clip);
    // Ten frames between the two windows of five.
    ASSERT_GE(std::abs(other.frame - first.frame), first.clip == 1 ? 15 : 13);
    for (int t = 0; t < 5; ++t) {
      ASSERT_EQ(seen(target, t), (Seen{first.clip, first.frame + t}));
      ASSERT_EQ(seen(target, t, 100, 100), (Seen{first.clip, first.frame + t}));
      ASSERT_EQ(seen(reference, t), (Seen{first.clip, other.frame + t}));
      ASSERT_EQ(seen(reference, t, 100, 100), (Seen{first.clip, other.frame + t}));
      ASSERT_TRUE(
          is_mel(example.at("mels")[t], mel_[first.clip], published_start(first.frame + t - 1)));
    }
    ASSERT_TRUE(is_mel(example.at("mel"), mel_[first.clip], published_start(first.frame)));
    ASSERT_TRUE(torch::equal(face.slice(0, 0, 3).slice(2, 0, 64), target.slice(2, 0, 64)));
    ASSERT_EQ(face.slice(0, 0, 3).slice(2, 64).abs().max().item<float>(), 0.0f);
    drawn.insert(first.clip);
    if (first.clip == 1) starts.insert(first.frame), references.insert(other.frame);
  }
  EXPECT_EQ(drawn, (std::set<int>{1, 2}));
  // 129 columns: the last complete window, which the sync expert needs, is that of frame 35, at
  // column 112. Frame 0 has no window before it.
  EXPECT_EQ(*starts.begin(), 1);
  EXPECT_EQ(*starts.rbegin(), 35);
  EXPECT_EQ(*references.begin(), 0);
  EXPECT_EQ(*references.rbegin(), 35);
}

TEST_F(ClipDatasets, BaseInferenceTiming) {
  const BaseDataset dataset({clips()[0]}, store(), MelTiming::Inference);
  std::set<int> starts;
  for (int index = 0; index < 200; ++index) {
    const Batch example = dataset.example(6, index);
    const int frame = seen(example.at("target"), 0).frame;
    starts.insert(frame);
    for (int t = 0; t < 5; ++t)
      ASSERT_TRUE(is_mel(example.at("mels")[t], mel_[1], published_start(frame + t)));
  }
  EXPECT_EQ(*starts.begin(), 0);
  EXPECT_EQ(*starts.rbegin(), 35);
}

TEST_F(ClipDatasets, SingleFramesUpToTheEndOfTheSound) {
  const BaseDataset dataset({clips()[0]}, store(),
                            BaseOptions{.timing = MelTiming::Inference, .frames = 1});
  std::set<int> frames;
  for (int index = 0; index < 400; ++index) {
    const Batch example = dataset.example(4, index);
    ASSERT_EQ(example.size(), 4u);  // none for the sync expert
    ASSERT_EQ(example.at("target").sizes(), (torch::IntArrayRef{3, 1, 128, 128}));
    ASSERT_EQ(example.at("face").sizes(), (torch::IntArrayRef{6, 1, 128, 128}));
    ASSERT_EQ(example.at("mels").sizes(), (torch::IntArrayRef{1, 1, 80, 16}));
    const int frame = seen(example.at("target"), 0).frame;
    ASSERT_GT(std::abs(seen(example.at("face").slice(0, 3), 0).frame - frame), 10);
    ASSERT_TRUE(is_mel(example.at("mels")[0], mel_[1], published_start(frame)));
    frames.insert(frame);
    // Without landmarks the box of the lips is the middle of the lower half.
    ASSERT_TRUE(torch::equal(example.at("lips"), torch::tensor({{64.f, 128.f, 32.f, 96.f}})));
  }
  EXPECT_EQ(frames.size(), 40u);  // the sound lasts for all of them
  EXPECT_THROW(BaseDataset({clips()[0]}, store(), BaseOptions{.frames = 6}), Error);
  EXPECT_THROW(BaseDataset({clips()[0]}, store(), BaseOptions{.mouth_swap = 2}), Error);
}

TEST_F(ClipDatasets, DistantWindows) {
  const Clip clip{"s/1", {}, {{0, 40}}};
  std::set<int> drawn;
  Random random(1, 1);
  const std::array others{12, 20};
  for (int i = 0; i < 300; ++i) drawn.insert(draw_distant_window(clip, others, 1, 4, random));
  EXPECT_EQ(*drawn.begin(), 0);
  EXPECT_EQ(*drawn.rbegin(), 39);
  EXPECT_TRUE(drawn.contains(7) && drawn.contains(25));
  for (int near = 8; near < 25; ++near) EXPECT_FALSE(drawn.contains(near)) << near;
  // The farthest of a clip that is too short.
  const Clip brief{"s/2", {}, {{0, 8}}};
  const int start = 2;
  EXPECT_EQ(draw_distant_window(brief, {&start, 1}, 1, 10, random), 7);
}

TEST(MelWindow, EqualsMelTimeline) {
  for (const int count : {5, 16, 129, 131}) {
    std::vector<MelColumn> columns(static_cast<std::size_t>(count));
    for (int k = 0; k < count; ++k) columns[static_cast<std::size_t>(k)].fill(float(k) / 100);
    MelTimeline timeline;
    timeline.append(0, columns);
    timeline.finish();
    const std::size_t frames = 60;
    const std::vector<float> all = inference_mel_windows(columns, frames);
    for (std::size_t n = 0; n < frames; ++n) {
      std::vector<float> expected(kMelWindowValues, kMelSilence);
      const auto found = timeline.find(std::int64_t(n) * 40'000'000, expected);
      EXPECT_EQ(found == MelTimeline::Lookup::Ready, int(n) < frames_with_sound(count));
      const torch::Tensor window = mel_window(columns, mel_start(int(n)));
      for (std::size_t i = 0; i < kMelWindowValues; ++i) {
        ASSERT_EQ(all[n * kMelWindowValues + i], expected[i]) << count << " " << n;
        ASSERT_EQ(window.data_ptr<float>()[i], expected[i]) << count << " " << n;
      }
    }
  }
}

TEST_F(ClipDatasets, PixelsAreDividedBy255) {
  std::vector<cv::Mat> five;
  for (int i = 0; i < 5; ++i) five.push_back(test::textured_picture(i, 128));
  const Batch example = base_example(five, five, mel_[1], 3, MelTiming::Published);
  const auto at = example.at("target").accessor<float, 4>();
  for (int t = 0; t < 5; ++t)
    for (int y = 0; y < 128; ++y)
      for (int x = 0; x < 128; ++x)
        for (int c = 0; c < 3; ++c)
          ASSERT_EQ(at[c][t][y][x], static_cast<float>(five[t].at<cv::Vec3b>(y, x)[c] / 255.0));
  EXPECT_TRUE(torch::equal(example.at("face").slice(0, 3), example.at("target")));
  EXPECT_THROW(base_example(five, five, mel_[1], 0, MelTiming::Published), Error);
  EXPECT_THROW(base_example(five, five, mel_[1], 36, MelTiming::Published), Error);
}

/// The frame at whose time a mel window starts.
int frame_of(const torch::Tensor &mel, const std::vector<MelColumn> &columns) {
  for (int frame = 0; frame < 36; ++frame)
    if (is_mel(mel, columns, published_start(frame))) return frame;
  return -1;
}

TEST_F(ClipDatasets, SyncExamplesMatchTheirLabel) {
  const SyncDataset dataset(clips(), store());
  int matching = 0, mirrored = 0;
  std::set<int> speech, pictures;
  constexpr int kExamples = 600;
  for (int index = 0; index < kExamples; ++index) {
    const Batch example = dataset.example(7, index);
    ASSERT_EQ(example.size(), 3u);
    const auto &faces = example.at("faces");
    ASSERT_EQ(faces.sizes(), (torch::IntArrayRef{15, 64, 128}));
    ASSERT_EQ(example.at("mel").sizes(), (torch::IntArrayRef{1, 80, 16}));
    ASSERT_EQ(example.at("label").sizes(), (torch::IntArrayRef{1}));
    const auto at = faces.accessor<float, 3>();
    const Seen first = seen(at[0][32][32], at[1][32][32]);
    for (int t = 0; t < 5; ++t) {
      ASSERT_EQ(seen(at[3 * t][32][32], at[3 * t + 1][32][32]),
                (Seen{first.clip, first.frame + t}));
      // The lower right quarter (160) is to the left if the faces are mirrored.
      const long left = std::lround(255 * at[3 * t + 2][0][10]),
                 right = std::lround(255 * at[3 * t + 2][63][110]);
      ASSERT_EQ(left + right, 160 + 110);
      mirrored += t == 0 && left == 160;
    }
    const int frame = frame_of(example.at("mel"), mel_[first.clip]);
    ASSERT_GE(frame, 0);
    const bool match = example.at("label").item<float>() == 1.0f;
    ASSERT_EQ(match, frame == first.frame);
    // Windows one frame off are nearly those that match.
    ASSERT_TRUE(match || std::abs(frame - first.frame) >= 5);
    ASSERT_EQ(example.at("label").item<float>(), match ? 1.0f : 0.0f);
    matching += match;
    if (first.clip == 1) speech.insert(frame), pictures.insert(first.frame);
  }
  EXPECT_NEAR(matching, kExamples / 2, 4 * std::sqrt(kExamples) / 2);
  EXPECT_NEAR(mirrored, kExamples / 2, 4 * std::sqrt(kExamples) / 2);
  EXPECT_EQ(speech.size(), 36u);  // 0 ... 35
  EXPECT_EQ(pictures.size(), 36u);
}

TEST_F(ClipDatasets, SyncSizeAndMirror) {
  const SyncDataset dataset(clips(), store(), {.size = 96, .mirror = 0});
  const Batch example = dataset.example(8, 0);
  ASSERT_EQ(example.at("faces").sizes(), (torch::IntArrayRef{15, 48, 96}));
  const auto at = example.at("faces").accessor<float, 3>();
  EXPECT_EQ(std::lround(255 * at[2][4][10]), 110);
  EXPECT_EQ(std::lround(255 * at[2][47][80]), 160);
  EXPECT_THROW(SyncDataset(clips(), store(), {.size = 64}), Error);
  EXPECT_THROW(SyncDataset(clips(), store(), {.mirror = 1.5}), Error);
}

TEST_F(ClipDatasets, ExamplesDependOnlyOnSeedAndIndex) {
  const BaseDataset base(clips(), store());
  const SyncDataset sync(clips(), store());
  for (const Dataset *dataset :
       {static_cast<const Dataset *>(&base), static_cast<const Dataset *>(&sync)}) {
    constexpr int kExamples = 12;
    std::vector<Batch> forward, backward(kExamples);
    for (int i = 0; i < kExamples; ++i) forward.push_back(dataset->example(9, i));
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
      threads.emplace_back([&, t] {
        for (int i = kExamples - 1 - t; i >= 0; i -= 3) backward[i] = dataset->example(9, i);
      });
    for (auto &thread : threads) thread.join();
    int repeated = 0;
    for (int i = 0; i < kExamples; ++i) {
      EXPECT_TRUE(same(forward[i], backward[i])) << i;
      repeated += same(forward[i], dataset->example(10, i));
      repeated += i > 0 && same(forward[i], forward[i - 1]);
    }
    EXPECT_LT(repeated, 3);
    const Batch batch = load_batch(*dataset, 9, 4, 3);
    for (const auto &[name, tensor] : batch)
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(torch::equal(tensor[i], forward[4 + i].at(name)));
  }
}

TEST_F(ClipDatasets, ReplacesUnreadablePictures) {
  const test::TemporaryFolder folder;
  fs::copy(*folder_ / "imgs", folder / "imgs", fs::copy_options::recursive);
  const fs::path clip = folder / "imgs/s/1";
  test::write_bytes(clip / "20.jpg", "no picture");
  test::write_bytes(clip / "21.jpg", "");
  std::vector<Clip> one;
  for (const auto &each : clips())
    if (each.name == "s/1") one.push_back({each.name, clip, each.ranges});
  const BaseDataset dataset(one, store()), again(one, store());
  for (int index = 0; index < 100; ++index) {
    const Batch example = dataset.example(11, index);
    for (const auto &window : {example.at("target"), example.at("face").slice(0, 3)}) {
      const int frame = seen(window, 0).frame;
      EXPECT_FALSE(frame >= 16 && frame <= 21) << frame;
    }
    // Examples do not depend on files rejected earlier.
    EXPECT_TRUE(index < 90 || same(example, again.example(11, index)));
  }
  EXPECT_EQ(dataset.unreadable(), 2);
}

TEST_F(ClipDatasets, NamesAFileIfNothingIsUsable) {
  const test::TemporaryFolder folder;
  for (int i = 0; i < 20; ++i) test::write_bytes(folder / (std::to_string(i) + ".jpg"), "none");
  const Clip clip{"s/1", folder.path(), {{0, 20}}};
  const auto message = [&] {
    try {
      BaseDataset({clip}, store()).example(1, 0);
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Format);
      return std::string(error.what());
    }
    ADD_FAILURE() << "no error";
    return std::string();
  };
  test::write_noise(folder.path(), 0.1);  // 9 columns: no window is complete
  EXPECT_NE(message().find("audio.wav' is too short"), std::string::npos);
  test::write_noise(folder.path(), 1);
  EXPECT_NE(message().find(".jpg"), std::string::npos);
  write_wav(folder / "audio.wav", std::vector<float>(44100), 44100);
  EXPECT_NE(message().find("44100"), std::string::npos);
  EXPECT_THROW(BaseDataset({}, store()), Error);
}

}  // namespace
}  // namespace hyperlips::training
