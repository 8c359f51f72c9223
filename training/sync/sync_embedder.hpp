// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <torch/types.h>

#include "hyperlips/face/types.hpp"
#include "training/sync/sync_offset.hpp"

namespace hyperlips::training {

/// A network that measures how well five consecutive faces (25 per second) and their speech match,
/// as the distance of two embeddings. Thread-safe.
///
///     const auto embedder = open_sync_embedder("syncnet_v2.model");
///     const auto offset = find_sync_offset(embedder->lips(crops), embedder->sound(samples), use,
///                                          embedder->distance(), BeyondSound::Zeros);
class SyncEmbedder {
 public:
  /// Frames per window.
  static constexpr int kFrames = 5;

  virtual ~SyncEmbedder() = default;

  /// "syncnet_v2", "SyncNet_color" or "SyncNet_color 96". Scores of different experts are not
  /// comparable.
  virtual std::string name() const = 0;
  virtual SyncDistance distance() const = 0;

  /// Smooths the face boxes of consecutive frames as for the training of this expert.
  virtual std::vector<Box> smoothed(std::span<const Box> boxes) const = 0;

  /// The expert's picture of a face; frame: CV_8UC3 BGR.
  virtual cv::Mat crop(const cv::Mat &frame, const Box &box) const = 0;

  /// Embeddings (n - 4, D) of the windows that start at each of n crops; (0, D) for fewer than 5.
  virtual torch::Tensor lips(std::span<const cv::Mat> crops) const = 0;

  /// Embeddings (n, D) of the complete windows that start every 40 ms of samples (mono, 16 kHz, -1
  /// ... 1).
  virtual torch::Tensor sound(std::span<const float> samples) const = 0;
};

/// Opens the published SyncNet ("syncnet_v2.model" or its tensors as safetensors) or a
/// SyncNet_color as open_color_embedder(), detected by content. Throws Error that names the file.
std::unique_ptr<SyncEmbedder> open_sync_embedder(const std::filesystem::path &path,
                                                 torch::Device device = torch::kCPU);

/// Opens a SyncNet_color (of HyperLips, of Wav2Lip, or a checkpoint of the stage "sync"), which
/// takes the same crops as inference. Throws Error that names the file.
std::unique_ptr<SyncEmbedder> open_color_embedder(const std::filesystem::path &path,
                                                  torch::Device device = torch::kCPU);

}  // namespace hyperlips::training
