// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/sync_embedder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <thread>

#include "common/formula_weights.hpp"
#include "hyperlips/audio/mel.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "hyperlips/nn/sync_net.hpp"
#include "training/run/network_state.hpp"
#include "training/sync/mfcc.hpp"
#include "training/sync/sync_net_v2.hpp"

namespace hyperlips::training {
namespace {

/// SyncNet "S" of syncnet_python, layer by layer on its state dict.
class ReferenceSyncNet {
 public:
  explicit ReferenceSyncNet(std::map<std::string, torch::Tensor> tensors)
      : tensors_(std::move(tensors)) {}

  torch::Tensor sound(torch::Tensor x) {
    x = conv(x, "netcnnaud", 0, 1, {1, 1});
    x = conv(x, "netcnnaud", 4, 1, {1, 1});
    x = at::max_pool2d(x, {3, 3}, {1, 2});
    x = conv(x, "netcnnaud", 8, 1, {1, 1});
    x = conv(x, "netcnnaud", 11, 1, {1, 1});
    x = conv(x, "netcnnaud", 14, 1, {1, 1});
    x = at::max_pool2d(x, {3, 3}, {2, 2});
    return head(conv(x, "netcnnaud", 18, 1, {0, 0}), "netfcaud");
  }

  torch::Tensor lips(torch::Tensor x) {
    x = conv3(x, 0, {1, 2, 2}, {0, 0, 0});
    x = at::max_pool3d(x, {1, 3, 3}, {1, 2, 2});
    x = conv3(x, 4, {1, 2, 2}, {0, 1, 1});
    x = at::max_pool3d(x, {1, 3, 3}, {1, 2, 2}, {0, 1, 1});
    for (const int layer : {8, 11, 14}) x = conv3(x, layer, {1, 1, 1}, {0, 1, 1});
    x = at::max_pool3d(x, {1, 3, 3}, {1, 2, 2});
    return head(conv3(x, 18, {1, 1, 1}, {0, 0, 0}), "netfclip");
  }

 private:
  const torch::Tensor &of(const std::string &net, int layer, const char *part) {
    return tensors_.at(net + "." + std::to_string(layer) + "." + part);
  }
  torch::Tensor norm(const torch::Tensor &x, const std::string &net, int layer) {
    return at::relu(at::batch_norm(x, of(net, layer, "weight"), of(net, layer, "bias"),
                                   of(net, layer, "running_mean"), of(net, layer, "running_var"),
                                   false, 0, 1e-5, false));
  }
  torch::Tensor conv(const torch::Tensor &x, const std::string &net, int layer, int stride,
                     std::vector<std::int64_t> padding) {
    return norm(at::conv2d(x, of(net, layer, "weight"), of(net, layer, "bias"), stride, padding),
                net, layer + 1);
  }
  torch::Tensor conv3(const torch::Tensor &x, int layer, std::vector<std::int64_t> stride,
                      std::vector<std::int64_t> padding) {
    const std::string net = "netcnnlip";
    return norm(at::conv3d(x, of(net, layer, "weight"), of(net, layer, "bias"), stride, padding),
                net, layer + 1);
  }
  torch::Tensor head(const torch::Tensor &x, const std::string &net) {
    const torch::Tensor hidden =
        norm(at::linear(x.flatten(1), of(net, 0, "weight"), of(net, 0, "bias")), net, 1);
    return at::linear(hidden, of(net, 3, "weight"), of(net, 3, "bias"));
  }

  std::map<std::string, torch::Tensor> tensors_;
};

/// Random values for every tensor of a network, and a file with them that lacks, as files of old
/// PyTorch do, the counters of batches.
std::map<std::string, torch::Tensor> write_stand_in(const torch::nn::Module &network,
                                                    const std::filesystem::path &path) {
  torch::manual_seed(4);
  const torch::NoGradGuard no_grad;
  std::map<std::string, torch::Tensor> tensors;
  std::vector<NewTensor> news;
  for (auto &[name, tensor] : state_dict(network)) {
    if (name.ends_with("num_batches_tracked")) continue;
    torch::Tensor value = tensor;
    if (value.dim() > 1) {
      value.normal_(0, std::sqrt(2.0 / double(value[0].numel())));
    } else if (name.ends_with("running_var")) {
      value.uniform_(0.8, 1.2);
    } else {
      value.normal_(0, 0.1);
      if (name.ends_with("weight")) value.add_(1);
    }
    tensors.emplace(name, value);
  }
  for (const auto &[name, value] : tensors) {
    news.push_back({name,
                    DType::F32,
                    value.sizes().vec(),
                    {reinterpret_cast<const std::byte *>(value.data_ptr()), value.nbytes()}});
  }
  write_safetensors(path, news);
  return tensors;
}

class Embedders : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "hyperlips-sync-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }

  static std::vector<cv::Mat> faces(int count, int size) {
    std::vector<cv::Mat> pictures(count);
    cv::RNG rng(5);
    for (cv::Mat &picture : pictures) {
      picture.create(size, size, CV_8UC3);
      rng.fill(picture, cv::RNG::UNIFORM, 0, 256);
    }
    return pictures;
  }
  static std::vector<float> speech(int count) {
    std::vector<float> samples(count);
    for (int i = 0; i < count; ++i)
      samples[i] = float(0.3 * std::sin(0.05 * i) * std::sin(0.0007 * i));
    return samples;
  }

  static inline std::filesystem::path folder_;
};

void expect_near(const torch::Tensor &a, const torch::Tensor &b) {
  ASSERT_EQ(a.sizes(), b.sizes());
  EXPECT_GT(b.std().item<double>(), 1e-4);
  EXPECT_LT((a - b).abs().max().item<double>(), 1e-3 * b.abs().max().item<double>());
}

TEST_F(Embedders, PublishedMatchesSyncnetPython) {
  const auto tensors = write_stand_in(*SyncNetV2(), folder_ / "syncnet_v2.safetensors");
  EXPECT_EQ(tensors.at("netcnnlip.18.weight").sizes(),
            (std::vector<std::int64_t>{512, 256, 1, 6, 6}));
  EXPECT_EQ(tensors.at("netfcaud.3.weight").sizes(), (std::vector<std::int64_t>{1024, 512}));
  EXPECT_EQ(tensors.size(),
            2 * (6 + 1) * 6 + 2 * 2u);  // six layers and a hidden one, then a linear, twice
  const auto expert = open_sync_embedder(folder_ / "syncnet_v2.safetensors");
  EXPECT_EQ(expert->name(), "syncnet_v2");
  EXPECT_EQ(expert->distance(), SyncDistance::Euclidean);
  ReferenceSyncNet reference(tensors);
  const torch::NoGradGuard no_grad;

  const std::vector<cv::Mat> pictures = faces(7, 224);
  torch::Tensor windows = torch::empty({3, 3, 5, 224, 224});
  auto at = windows.accessor<float, 5>();
  for (int w = 0; w < 3; ++w) {
    for (int t = 0; t < 5; ++t) {
      for (int y = 0; y < 224; ++y) {
        for (int x = 0; x < 224; ++x) {
          for (int c = 0; c < 3; ++c) at[w][c][t][y][x] = pictures[w + t].at<cv::Vec3b>(y, x)[c];
        }
      }
    }
  }
  expect_near(expert->lips(pictures), reference.lips(windows));
  EXPECT_EQ(expert->lips(std::span(pictures).first(4)).size(0), 0);

  const std::vector<float> samples = speech(16000);
  const auto columns = mfcc(samples);
  const int count = (int(columns.size()) - 20) / 4 + 1;
  torch::Tensor sound = torch::empty({count, 1, 13, 20});
  for (int w = 0; w < count; ++w) {
    for (int k = 0; k < 13; ++k) {
      for (int n = 0; n < 20; ++n) sound[w][0][k][n] = columns[w * 4 + n][k];
    }
  }
  expect_near(expert->sound(samples), reference.sound(sound));
  EXPECT_EQ(expert->sound(std::span(samples).first(2000)).size(0), 0);
}

TEST_F(Embedders, PublishedCropIncludesChin) {
  write_stand_in(*SyncNetV2(), folder_ / "crop.safetensors");
  const auto expert = open_sync_embedder(folder_ / "crop.safetensors");
  const std::vector<Box> boxes(20, Box{100, 80, 140, 180});
  const std::vector<Box> squares = expert->smoothed(boxes);
  ASSERT_EQ(squares.size(), 20u);
  EXPECT_EQ(squares[10], (Box{70, 80, 170, 180}));
  std::vector<Box> jump = boxes;
  jump[10] = {0, 0, 300, 300};
  EXPECT_EQ(expert->smoothed(jump)[10], (Box{70, 80, 170, 180}));

  // Half size 50: rows 80 ... 219, columns 50 ... 189 of the frame.
  cv::Mat frame(240, 320, CV_8UC3, cv::Scalar::all(0));
  frame(cv::Rect(50, 80, 140, 140)).setTo(cv::Scalar::all(200));
  const cv::Mat inside = expert->crop(frame, squares[10]);
  EXPECT_EQ(inside.size(), cv::Size(224, 224));
  EXPECT_EQ(cv::countNonZero(inside.reshape(1) != 200), 0);
  // Beyond the frame all is gray.
  const cv::Mat corner = expert->crop(frame, Box{-50, -50, 50, 50});
  EXPECT_EQ(corner.at<cv::Vec3b>(2, 2), cv::Vec3b(110, 110, 110));
}

TEST_F(Embedders, ColorUsesInferenceCrops) {
  SyncNet network;
  write_stand_in(*network, folder_ / "values.safetensors");
  network->eval();
  // What the stage "sync" writes.
  TrainingCheckpoint checkpoint;
  store_network(checkpoint, "model", *network);
  write_training_checkpoint(folder_ / "own.safetensors", checkpoint);
  const auto expert = open_sync_embedder(folder_ / "own.safetensors");
  EXPECT_EQ(expert->name(), "SyncNet_color");
  EXPECT_EQ(expert->distance(), SyncDistance::Cosine);
  const torch::NoGradGuard no_grad;

  const std::vector<cv::Mat> pictures = faces(6, 128);
  torch::Tensor windows = torch::empty({2, 15, 64, 128});
  auto at = windows.accessor<float, 4>();
  for (int w = 0; w < 2; ++w) {
    for (int t = 0; t < 5; ++t) {
      for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 128; ++x) {
          for (int c = 0; c < 3; ++c)
            at[w][3 * t + c][y][x] = float(pictures[w + t].at<cv::Vec3b>(64 + y, x)[c]) / 255;
        }
      }
    }
  }
  const std::vector<float> samples = speech(16000);
  const std::vector<MelColumn> columns = mel_spectrogram(samples);  // 81
  torch::Tensor mels = torch::empty({21, 1, 80, 16});
  for (int w = 0; w < 21; ++w) {
    for (int n = 0; n < 16; ++n) {
      for (int k = 0; k < 80; ++k) mels[w][0][k][n] = columns[w * 16 / 5 + n][k];
    }
  }
  const torch::Tensor sound = expert->sound(samples);
  ASSERT_EQ(sound.size(0), 21);  // the 22nd would need column 83
  const auto [voice, lips] = network->forward(mels.slice(0, 0, 2), windows);
  expect_near(expert->lips(pictures), lips);
  expect_near(sound.slice(0, 0, 2), voice);
  expect_near(sound.slice(0, 19, 21), network->forward(mels.slice(0, 19, 21), windows).first);

  std::vector<Box> boxes;
  for (int i = 0; i < 6; ++i) boxes.push_back({float(i), 0, float(10 + i), 10});
  EXPECT_EQ(expert->smoothed(boxes)[0], (Box{2, 0, 12, 10}));
  EXPECT_EQ(expert->smoothed(boxes)[5], boxes[5]);
}

TEST_F(Embedders, Wav2LipResizesCrops) {
  const hyperlips::test::FormulaCheckpoints checkpoints;
  const auto expert = open_color_embedder(checkpoints.path("SyncNet_color 96"));
  EXPECT_EQ(expert->name(), "SyncNet_color 96");
  SyncNet network(96);
  load_state_dict(*network, hyperlips::test::formula_checkpoint("SyncNet_color 96"));
  network->eval();
  const torch::NoGradGuard no_grad;
  const std::vector<cv::Mat> pictures(5, cv::Mat(128, 128, CV_8UC3, cv::Scalar(51, 102, 204)));
  const torch::Tensor color = torch::tensor({0.2f, 0.4f, 0.8f}).repeat({5}).view({1, 15, 1, 1});
  expect_near(expert->lips(pictures),
              network->forward(torch::zeros({1, 1, 80, 16}), color.expand({1, 15, 48, 96})).second);
  EXPECT_EQ(expert->sound(speech(16000)).sizes(), (std::vector<std::int64_t>{21, 512}));
}

TEST_F(Embedders, ThreadSafe) {
  const hyperlips::test::FormulaCheckpoints checkpoints;
  const auto expert = open_color_embedder(checkpoints.path("SyncNet_color"));
  const std::vector<cv::Mat> pictures = faces(8, 128);
  const torch::Tensor alone = expert->lips(pictures);
  std::vector<torch::Tensor> found(3);
  {
    std::vector<std::jthread> threads;
    for (torch::Tensor &one : found) threads.emplace_back([&] { one = expert->lips(pictures); });
  }
  for (const torch::Tensor &one : found) expect_near(one, alone);
}

TEST_F(Embedders, RejectsOtherNetworks) {
  const float value = 1;
  const NewTensor tensor{"other", DType::F32, {1}, std::as_bytes(std::span(&value, 1))};
  write_safetensors(folder_ / "other.safetensors", std::span(&tensor, 1));
  try {
    open_sync_embedder(folder_ / "other.safetensors");
    FAIL();
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("other.safetensors"), std::string::npos)
        << error.what();
  }
  EXPECT_THROW(open_sync_embedder(folder_ / "missing.pth"), Error);
}

}  // namespace
}  // namespace hyperlips::training
