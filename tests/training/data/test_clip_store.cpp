// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_store.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "tests/training/data/generated_clips.hpp"
#include "training/data/wav_file.hpp"

namespace hyperlips::training {
namespace {

namespace fs = std::filesystem;

class ClipStoreTest : public testing::Test {
 protected:
  ClipStoreOptions options(std::size_t bytes = 1 << 20) {
    return {bytes, [this](const std::string &message) { reports_.push_back(message); }};
  }

  std::string failure(ClipStore &store, const fs::path &path) {
    try {
      path.extension() == ".wav" ? void(store.mel(path)) : void(store.picture(path, 64));
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Format);
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos) << error.what();
      return error.what();
    }
    ADD_FAILURE() << path << " was read";
    return {};
  }

  test::TemporaryFolder folder_;
  std::vector<std::string> reports_;
};

TEST_F(ClipStoreTest, ReadsAndScalesPictures) {
  const cv::Mat picture = test::textured_picture(1, 96);
  test::write_picture(folder_ / "1.jpg", picture);
  ClipStore store(options());
  EXPECT_EQ(cv::norm(store.picture(folder_ / "1.jpg", 96), picture, cv::NORM_INF), 0);
  cv::Mat scaled;
  cv::resize(picture, scaled, {128, 128});  // bilinear, as published
  EXPECT_EQ(cv::norm(store.picture(folder_ / "1.jpg", 128), scaled, cv::NORM_INF), 0);
}

TEST_F(ClipStoreTest, CachesUntilFull) {
  test::write_noise(folder_.path(), 0.5);
  for (int i = 0; i < 3; ++i)
    test::write_picture(folder_ / (std::to_string(i) + ".jpg"), test::textured_picture(i, 64),
                        true);
  const std::size_t size = fs::file_size(folder_ / "0.jpg");
  ClipStore store(options(2 * size + size / 2 + 700));  // two pictures and overhead
  for (int i = 0; i < 3; ++i) store.picture(folder_ / (std::to_string(i) + ".jpg"), 64);
  EXPECT_LE(store.cached_bytes(), 2 * size + size / 2 + 700);
  EXPECT_GT(store.cached_bytes(), size);
  store.mel(folder_ / "audio.wav");  // 41 columns of 320 bytes do not fit
  EXPECT_LE(store.cached_bytes(), 2 * size + size / 2 + 700);
  for (const auto &entry : fs::directory_iterator(folder_.path())) fs::remove(entry);
  EXPECT_FALSE(store.picture(folder_ / "0.jpg", 64).empty());
  EXPECT_FALSE(store.picture(folder_ / "1.jpg", 64).empty());
  failure(store, folder_ / "2.jpg");
  failure(store, folder_ / "audio.wav");
}

TEST_F(ClipStoreTest, ZeroCacheReadsAgain) {
  test::write_picture(folder_ / "0.jpg", test::textured_picture(0, 64), true);
  ClipStore store(options(0));
  store.picture(folder_ / "0.jpg", 64);
  EXPECT_EQ(store.cached_bytes(), 0u);
  fs::remove(folder_ / "0.jpg");
  failure(store, folder_ / "0.jpg");
}

TEST_F(ClipStoreTest, ComputesAndCachesMel) {
  test::write_noise(folder_.path(), 1.0);
  ClipStore store(options());
  const MelColumns mel = store.mel(folder_ / "audio.wav");
  EXPECT_EQ(*mel, mel_spectrogram(read_wav(folder_ / "audio.wav").samples));
  EXPECT_EQ(mel->size(), 81u);
  EXPECT_EQ(store.mel(folder_ / "audio.wav"), mel);
  EXPECT_GE(store.cached_bytes(), 81 * sizeof(MelColumn));
}

TEST_F(ClipStoreTest, ReportsUnusableFilesOnce) {
  test::write_picture(folder_ / "whole.jpg", test::textured_picture(0, 64), true);
  std::ifstream whole(folder_ / "whole.jpg", std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(whole), {});
  test::write_bytes(folder_ / "cut.jpg", bytes.substr(0, bytes.size() / 2));
  test::write_bytes(folder_ / "text.jpg", "no picture");
  test::write_bytes(folder_ / "empty.jpg", "");
  test::write_bytes(folder_ / "text.wav", "no sound");
  write_wav(folder_ / "fast.wav", std::vector<float>(48000), 48000);
  ClipStore store(options());
  for (int i = 0; i < 2; ++i) {
    EXPECT_NE(failure(store, folder_ / "cut.jpg").find("truncated"), std::string::npos);
    failure(store, folder_ / "text.jpg");
    failure(store, folder_ / "empty.jpg");
    failure(store, folder_ / "none.jpg");
    failure(store, folder_ / "text.wav");
    EXPECT_NE(failure(store, folder_ / "fast.wav").find("48000"), std::string::npos);
  }
  EXPECT_EQ(store.unreadable(), 6);
  EXPECT_EQ(reports_.size(), 6u);
  EXPECT_NO_THROW(store.picture(folder_ / "whole.jpg", 64));
}

TEST_F(ClipStoreTest, ReadsFromManyThreads) {
  const cv::Mat picture = test::textured_picture(1, 64);
  for (int i = 0; i < 8; ++i) test::write_picture(folder_ / (std::to_string(i) + ".jpg"), picture);
  test::write_bytes(folder_ / "8.jpg", "no picture");
  test::write_noise(folder_.path(), 0.5);
  ClipStore store(options(60000));  // not all fit
  std::atomic<int> wrong = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 90; ++i) {
        try {
          const auto path = folder_ / (std::to_string((i * (t + 1)) % 9) + ".jpg");
          wrong += cv::norm(store.picture(path, 64), picture, cv::NORM_INF) != 0;
          wrong += store.mel(folder_ / "audio.wav")->size() != 41;
        } catch (const Error &) {
          ++refused;
        }
      }
    });
  for (auto &thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(refused, 30);  // 10 per thread except the third, which never reads 8
  EXPECT_EQ(store.unreadable(), 1);
  EXPECT_EQ(reports_.size(), 1u);
}

}  // namespace
}  // namespace hyperlips::training
