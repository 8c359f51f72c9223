// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_store.hpp"
#include "training/data/hr_dataset.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include <torch/torch.h>

#include "hyperlips/error.hpp"
#include "tests/training/data/generated_clips.hpp"

namespace hyperlips::training {
namespace {

namespace fs = std::filesystem;

/// GT pictures have 256 pixels; those of the base network have a clip number higher by 5. The mask
/// is white in rows 120 + 2 n ... 159 + 2 n and columns 80 ... 179; the sketch has one pixel.
class HrDatasetTest : public testing::Test {
 protected:
  void write_clip(const std::string &name, int clip, int frames = 16) {
    for (int n = 0; n < frames; ++n) {
      const std::string file = name + "/" + std::to_string(n) + ".jpg";
      test::write_picture(data_ / "GT_IMG" / file, test::numbered_picture(clip, n, 256));
      test::write_picture(data_ / "HYPER_IMG" / file, test::numbered_picture(clip + 5, n, 128));
      cv::Mat mask(256, 256, CV_8UC3, cv::Scalar::all(0));
      mask({80, 120 + 2 * n, 100, 40}) = cv::Scalar::all(254);
      test::write_picture(data_ / "GT_MASK" / file, mask);
      cv::Mat sketch(128, 128, CV_8UC3, cv::Scalar::all(0));
      sketch.at<cv::Vec3b>(40 + n, 70) = {255, 255, 255};
      test::write_picture(data_ / "HYPER_SKETCH" / file, sketch);
      test::write_picture(data_ / "GT_SKETCH" / file, sketch);
    }
  }

  HrDataset dataset(int size) {
    return {data_, list_hr_clips(folder_.path(), {}).clips.train, store_, size};
  }

  test::TemporaryFolder folder_;
  fs::path data_ = folder_ / "HR_Train_Dateset";
  std::shared_ptr<ClipStore> store_ = std::make_shared<ClipStore>();
};

float at(const torch::Tensor &window, int channel, int t, int row, int column) {
  return window.accessor<float, 4>()[channel][t][row][column];
}

int frame(const torch::Tensor &window, int t, int row = 10, int column = 10) {
  return static_cast<int>(std::lround(at(window, 1, t, row, column) * 255 / 4));
}

TEST_F(HrDatasetTest, ExamplesHaveFiveFramesOfEachKind) {
  write_clip("s/1", 1);
  for (const int size : {128, 256, 512}) {
    const HrDataset set = dataset(size);
    EXPECT_EQ(set.epoch(), 1);
    for (int index = 0; index < 8; ++index) {
      const Batch example = set.example(3, index);
      ASSERT_EQ(example.size(), 4u);
      const auto &base = example.at("base"), &sketch = example.at("sketch"),
                 &target = example.at("target"), &lips = example.at("lips");
      ASSERT_EQ(base.sizes(), (torch::IntArrayRef{3, 5, 128, 128}));
      ASSERT_EQ(sketch.sizes(), (torch::IntArrayRef{3, 5, 128, 128}));
      ASSERT_EQ(target.sizes(), (torch::IntArrayRef{3, 5, size, size}));
      ASSERT_EQ(lips.sizes(), (torch::IntArrayRef{5, 4}));
      const int first = frame(target, 0);
      ASSERT_LE(first, 11);
      for (int t = 0; t < 5; ++t) {
        const int n = first + t;
        ASSERT_EQ(frame(target, t), n);
        ASSERT_EQ(frame(target, t, size - 5, size - 5), n);
        ASSERT_EQ(frame(base, t), n);
        ASSERT_NEAR(at(target, 0, t, 10, 10), 20 / 255.0, 1e-6);
        ASSERT_NEAR(at(base, 0, t, 10, 10), 120 / 255.0, 1e-6);
        // The 5x5 Gaussian spreads the pixel to 5x5 white ones.
        for (int channel = 0; channel < 3; ++channel) {
          const auto plane = sketch[channel][t];
          ASSERT_EQ(plane.sum().item<float>(), 25.0f);
          ASSERT_EQ(plane.slice(0, 38 + n, 43 + n).slice(1, 68, 73).min().item<float>(), 1.0f);
        }
        // Scaling moves an edge by at most one pixel.
        const double scale = size / 256.0;
        const double box[] = {(120 + 2 * n) * scale, (160 + 2 * n) * scale - 1, 80 * scale,
                              180 * scale - 1};
        for (int i = 0; i < 4; ++i)
          ASSERT_NEAR(lips[t][i].item<float>(), box[i], size == 256 ? 0 : 1) << size;
      }
    }
  }
}

TEST_F(HrDatasetTest, SkipsClipsWithMissingFrames) {
  for (int i = 1; i <= 3; ++i) write_clip("s/" + std::to_string(i), i);
  fs::remove(data_ / "GT_SKETCH/s/2/7.jpg");
  write_clip("s/short", 4, 10);
  test::write_bytes(data_ / "filelists/train.txt", "s/1\ns/2\ns/short\n");
  test::write_bytes(data_ / "filelists/val.txt", "s/3\n");
  ClipListOptions options;
  options.filelists = data_ / "filelists";
  for (const fs::path &root : {folder_.path(), data_}) {
    const HrClipList list = list_hr_clips(root, options);
    EXPECT_EQ(list.folder, data_);
    ASSERT_EQ(list.clips.train.size(), 1u);
    EXPECT_EQ(list.clips.train[0].name, "s/1");
    EXPECT_EQ(list.clips.validation.size(), 1u);
    EXPECT_EQ(list.uneven, 1);
    EXPECT_EQ(list.clips.too_short, 1);
  }
  fs::remove(data_ / "HYPER_IMG/s/1/0.jpg");
  EXPECT_THROW(list_hr_clips(folder_.path(), options), Error);
}

TEST_F(HrDatasetTest, NamesMissingFolder) {
  write_clip("s/1", 1);
  fs::remove_all(data_ / "HYPER_IMG");
  try {
    list_hr_clips(folder_.path(), {});
    ADD_FAILURE() << "no error";
  } catch (const Error &error) {
    EXPECT_EQ(error.kind(), ErrorKind::NotFound);
    EXPECT_NE(std::string(error.what()).find("HYPER_IMG"), std::string::npos);
  }
}

TEST_F(HrDatasetTest, SkipsMasksWithoutLips) {
  write_clip("s/1", 1);
  test::write_picture(data_ / "GT_MASK/s/1/8.jpg", cv::Mat(256, 256, CV_8UC3, cv::Scalar::all(0)));
  const HrDataset set = dataset(128);
  for (int index = 0; index < 20; ++index) {
    const int first = frame(set.example(4, index).at("target"), 0);
    EXPECT_TRUE(first < 4 || first > 8) << first;
  }
  EXPECT_EQ(set.unreadable(), 1);
  EXPECT_THROW(dataset(64), Error);
}

}  // namespace
}  // namespace hyperlips::training
