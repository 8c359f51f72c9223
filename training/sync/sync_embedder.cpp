// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/sync_embedder.hpp"

#include <algorithm>

#include <opencv2/imgproc.hpp>

#include "hyperlips/audio/mel.hpp"
#include "hyperlips/face/crop.hpp"
#include "training/data/windows.hpp"
#include "training/run/published_weights.hpp"
#include "training/run/starting_weights.hpp"
#include "training/sync/mfcc.hpp"
#include "training/sync/sync_net_v2.hpp"
#include "training/sync/trained_sync_net.hpp"

namespace hyperlips::training {
namespace {

constexpr std::int64_t kBatch = 20;

/// Runs `forward` on batches of rows and concatenates the results.
template <typename Forward>
torch::Tensor in_batches(std::int64_t rows, std::int64_t width, Forward &&forward) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> parts{torch::empty({0, width})};
  for (std::int64_t first = 0; first < rows; first += kBatch) {
    parts.push_back(forward(first, std::min(rows, first + kBatch)).cpu());
  }
  return torch::cat(parts);
}

/// (n, 3, H, W) of CV_8UC3 pictures, 0 ... 255.
torch::Tensor stacked(std::span<const cv::Mat> pictures) {
  std::vector<torch::Tensor> tensors;
  for (const cv::Mat &picture : pictures) {
    const cv::Mat whole = picture.isContinuous() ? picture : picture.clone();
    tensors.push_back(torch::from_blob(whole.data, {whole.rows, whole.cols, 3}, torch::kUInt8)
                          .permute({2, 0, 1})
                          .to(torch::kFloat32));
  }
  return torch::stack(tensors);
}

std::int64_t full_windows(std::size_t frames) {
  return std::max<std::int64_t>(0, std::int64_t(frames) - SyncEmbedder::kFrames + 1);
}

/// scipy.signal.medfilt: values beyond the ends are zero.
std::vector<double> median_filtered(const std::vector<double> &values, int size) {
  const int count = int(values.size()), half = size / 2;
  std::vector<double> result(values.size()), window(size);
  for (int i = 0; i < count; ++i) {
    for (int k = -half; k <= half; ++k)
      window[k + half] = i + k >= 0 && i + k < count ? values[i + k] : 0;
    std::nth_element(window.begin(), window.begin() + half, window.end());
    result[i] = window[half];
  }
  return result;
}

/// SyncNetInstance.py and run_pipeline.py of syncnet_python, with the mesh's box instead of S3FD's.
class PublishedEmbedder : public SyncEmbedder {
 public:
  PublishedEmbedder(TensorFile file, torch::Device device) : device_(device) {
    load_published_weights(*network_, std::move(file));
    network_->to(device_);
  }

  std::string name() const override { return "syncnet_v2"; }
  SyncDistance distance() const override { return SyncDistance::Euclidean; }

  /// Squares around the centers of the boxes; a median of 13 frames filters center and size.
  std::vector<Box> smoothed(std::span<const Box> boxes) const override {
    constexpr int kMedian = 13;
    std::vector<double> x, y, half;
    for (const Box &box : boxes) {
      x.push_back(box.center().x);
      y.push_back(box.center().y);
      half.push_back(std::max(box.width(), box.height()) / 2);
    }
    x = median_filtered(x, kMedian);
    y = median_filtered(y, kMedian);
    half = median_filtered(half, kMedian);
    std::vector<Box> squares;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      squares.push_back({float(x[i] - half[i]), float(y[i] - half[i]), float(x[i] + half[i]),
                         float(y[i] + half[i])});
    }
    return squares;
  }

  /// The square enlarged by 40 % at the sides and by 80 % at the bottom.
  cv::Mat crop(const cv::Mat &frame, const Box &box) const override {
    constexpr double kGrow = 0.4;
    constexpr int kSize = 224, kGray = 110;
    const double half = box.width() / 2;
    const int border = int(half * (1 + 2 * kGrow));
    const double x = box.center().x + border, y = box.center().y + border;
    cv::Mat wide, face;
    cv::copyMakeBorder(frame, wide, border, border, border, border, cv::BORDER_CONSTANT,
                       cv::Scalar::all(kGray));
    const cv::Rect region =
        cv::Rect({0, 0}, wide.size()) &
        cv::Rect(cv::Point(int(x - half * (1 + kGrow)), int(y - half)),
                 cv::Point(int(x + half * (1 + kGrow)), int(y + half * (1 + 2 * kGrow))));
    if (region.empty()) return cv::Mat(kSize, kSize, CV_8UC3, cv::Scalar::all(kGray));
    cv::resize(wide(region), face, {kSize, kSize});
    return face;
  }

  torch::Tensor lips(std::span<const cv::Mat> crops) const override {
    return in_batches(
        full_windows(crops.size()), SyncNetV2Impl::kEmbedding, [&](auto first, auto last) {
          const torch::Tensor faces = stacked(crops.subspan(first, last - first + kFrames - 1));
          // (n + 4, 3, H, W) to n windows of (3, 5, H, W)
          return network_->forward_lips(
              faces.unfold(0, kFrames, 1).permute({0, 1, 4, 2, 3}).to(device_));
        });
  }

  torch::Tensor sound(std::span<const float> samples) const override {
    constexpr std::int64_t kColumns = 20, kStep = 4;
    const std::vector<std::array<double, kMfccBands>> columns = mfcc(samples);
    const auto count = std::int64_t(columns.size());
    if (count < kColumns) return torch::empty({0, SyncNetV2Impl::kEmbedding});
    const torch::Tensor all = torch::from_blob(const_cast<double *>(columns[0].data()),
                                               {count, kMfccBands}, torch::kFloat64)
                                  .to(torch::kFloat32);
    const torch::Tensor windows = all.unfold(0, kColumns, kStep).unsqueeze(1);  // (n, 1, 13, 20)
    return in_batches(windows.size(0), SyncNetV2Impl::kEmbedding, [&](auto first, auto last) {
      return network_->forward_sound(windows.slice(0, first, last).to(device_));
    });
  }

 private:
  mutable SyncNetV2 network_;  // forward_*() do not change it in evaluation mode
  torch::Device device_;
};

/// SyncNet_color on the crops of inference.
class ColorEmbedder : public SyncEmbedder {
 public:
  ColorEmbedder(const TensorFile &file, torch::Device device)
      : expert_(load_sync_net(file, device)), device_(device) {}

  std::string name() const override {
    return expert_.face_size == 128 ? "SyncNet_color" : "SyncNet_color 96";
  }
  SyncDistance distance() const override { return SyncDistance::Cosine; }

  std::vector<Box> smoothed(std::span<const Box> boxes) const override {
    std::vector<Box> means;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      means.push_back(mean_box(boxes.subspan(i, std::min(kLookaheadBoxes, boxes.size() - i))));
    }
    return means;
  }

  cv::Mat crop(const cv::Mat &frame, const Box &box) const override {
    return crop_face(view_of(frame), box);
  }

  torch::Tensor lips(std::span<const cv::Mat> crops) const override {
    const torch::Tensor silence = torch::zeros({1, 1, kMelBands, kMelWindow}, device_);
    return in_batches(full_windows(crops.size()), kEmbedding, [&](auto first, auto last) {
      const torch::Tensor faces = stacked(crops.subspan(first, last - first + kFrames - 1)) / 255;
      // (n + 4, 3, 128, 128) to n windows of (3, 5, 128, 128)
      const torch::Tensor windows = faces.unfold(0, kFrames, 1).permute({0, 1, 4, 2, 3});
      return expert_.network->forward(silence, lower_halves(windows.to(device_), expert_.face_size))
          .second;
    });
  }

  torch::Tensor sound(std::span<const float> samples) const override {
    const std::vector<MelColumn> columns = mel_spectrogram(samples);
    const torch::Tensor no_faces =
        torch::zeros({1, 3 * kFrames, expert_.face_size / 2, expert_.face_size}, device_);
    return in_batches(
        last_frame_with_mel(std::int64_t(columns.size())) + 1, kEmbedding,
        [&](auto first, auto last) {
          std::vector<torch::Tensor> windows;
          for (auto i = first; i < last; ++i)
            windows.push_back(mel_window(columns, mel_start(int(i))));
          return expert_.network->forward(torch::stack(windows).to(device_), no_faces).first;
        });
  }

 private:
  static constexpr std::int64_t kEmbedding = 512;

  mutable TrainedSyncNet expert_;  // forward() does not change it in evaluation mode
  torch::Device device_;
};

}  // namespace

std::unique_ptr<SyncEmbedder> open_color_embedder(const std::filesystem::path &path,
                                                  torch::Device device) {
  return std::make_unique<ColorEmbedder>(starting_weights(path), device);
}

std::unique_ptr<SyncEmbedder> open_sync_embedder(const std::filesystem::path &path,
                                                 torch::Device device) {
  TensorFile file = starting_weights(path);
  if (file.tensors.contains("netcnnaud.0.weight"))
    return std::make_unique<PublishedEmbedder>(std::move(file), device);
  return std::make_unique<ColorEmbedder>(file, device);
}

}  // namespace hyperlips::training
