// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <thread>

#include <torch/torch.h>

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

bool is_mel(const torch::Tensor &window, const std::vector<MelColumn> &columns, int start) {
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
    ASSERT_EQ(example.size(), 4u);
    const auto &target = example.at("target"), &face = example.at("face");
    ASSERT_EQ(target.sizes(), (torch::IntArrayRef{3, 5, 128, 128}));
    ASSERT_EQ(face.sizes(), (torch::IntArrayRef{6, 5, 128, 128}));
    ASSERT_EQ(example.at("mels").sizes(), (torch::IntArrayRef{5, 1, 80, 16}));
    const Seen first = seen(target, 0);
    const torch::Tensor reference = face.slice(0, 3);
    const Seen other = seen(reference, 0);
    ASSERT_EQ(other.clip, first.clip);
    ASSERT_NE(other.frame, first.frame);
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
  // 129 columns: the last window is that of frame 35, at column 112. The fifth frame, n + 4, has
  // the window of frame n + 3. Frame 0 has no window before it.
  EXPECT_EQ(*starts.begin(), 1);
  EXPECT_EQ(*starts.rbegin(), 32);
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
  EXPECT_EQ(*starts.rbegin(), 31);
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
  EXPECT_THROW(base_example(five, five, mel_[1], 33, MelTiming::Published), Error);
}

/// The frame at whose time a mel window starts.
int frame_of(const torch::Tensor &mel, const std::vector<MelColumn> &columns) {
  for (int frame = 0; frame < 36; ++frame)
    if (is_mel(mel, columns, published_start(frame))) return frame;
  return -1;
}

TEST_F(ClipDatasets, SyncExamplesMatchTheirLabel) {
  const SyncDataset dataset(clips(), store());
  int matching = 0;
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
      // The lower right quarter (160) is mirrored to the left.
      ASSERT_EQ(std::lround(255 * at[3 * t + 2][0][10]), 160);
      ASSERT_EQ(std::lround(255 * at[3 * t + 2][63][110]), 110);
    }
    const int frame = frame_of(example.at("mel"), mel_[first.clip]);
    ASSERT_GE(frame, 0);
    const bool match = example.at("label").item<float>() == 1.0f;
    ASSERT_EQ(match, frame == first.frame);
    ASSERT_EQ(example.at("label").item<float>(), match ? 1.0f : 0.0f);
    matching += match;
    if (first.clip == 1) speech.insert(frame), pictures.insert(first.frame);
  }
  EXPECT_NEAR(matching, kExamples / 2, 4 * std::sqrt(kExamples) / 2);
  EXPECT_EQ(speech.size(), 36u);  // 0 ... 35
  EXPECT_EQ(pictures.size(), 36u);
}

TEST_F(ClipDatasets, SyncSizeAndMirror) {
  const SyncDataset dataset(clips(), store(), {.size = 96, .mirror = false});
  const Batch example = dataset.example(8, 0);
  ASSERT_EQ(example.at("faces").sizes(), (torch::IntArrayRef{15, 48, 96}));
  const auto at = example.at("faces").accessor<float, 3>();
  EXPECT_EQ(std::lround(255 * at[2][4][10]), 110);
  EXPECT_EQ(std::lround(255 * at[2][47][80]), 160);
  EXPECT_THROW(SyncDataset(clips(), store(), {.size = 64}), Error);
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
  test::write_noise(folder.path(), 0.3);  // 25 columns: too few for five frames
  EXPECT_NE(message().find("audio.wav' is too short"), std::string::npos);
  test::write_noise(folder.path(), 1);
  EXPECT_NE(message().find(".jpg"), std::string::npos);
  write_wav(folder / "audio.wav", std::vector<float>(44100), 44100);
  EXPECT_NE(message().find("44100"), std::string::npos);
  EXPECT_THROW(BaseDataset({}, store()), Error);
}

}  // namespace
}  // namespace hyperlips::training
