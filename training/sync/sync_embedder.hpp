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

/// A network that says how well five successive faces (25 a second) and their sound belong
/// together. Thread-safe.
class SyncEmbedder {
 public:
  /// Frames of one window.
  static constexpr int kFrames = 5;

  virtual ~SyncEmbedder() = default;

  /// "syncnet_v2", "SyncNet_color" or "SyncNet_color 96": scores of different experts cannot be
  /// compared.
  virtual std::string name() const = 0;
  virtual SyncDistance distance() const = 0;

  /// Steadies the mesh's boxes of successive frames, as this expert's training did.
  virtual std::vector<Box> smoothed(std::span<const Box> boxes) const = 0;

  /// The expert's picture of a face; frame: CV_8UC3 BGR.
  virtual cv::Mat crop(const cv::Mat &frame, const Box &box) const = 0;

  /// Embeddings (n - 4, D) of the windows that start at each of n crops; none for fewer than five.
  virtual torch::Tensor lips(std::span<const cv::Mat> crops) const = 0;

  /// Embeddings (n, D) of the windows that start at each 40 ms of sound (mono, 16 kHz, -1 ... 1) as
  /// long as they are full.
  virtual torch::Tensor sound(std::span<const float> samples) const = 0;
};

/// Opens the published SyncNet ("syncnet_v2.model" or its tensors as safetensors) or a
/// SyncNet_color as open_color_embedder(), whichever the file holds. Throws Error that names the
/// file.
std::unique_ptr<SyncEmbedder> open_sync_embedder(const std::filesystem::path &path,
                                                 torch::Device device = torch::kCPU);

/// Opens a SyncNet_color (of HyperLips, of Wav2Lip, or a checkpoint of the stage "sync"), whose
/// pictures are the crops of inference. Throws Error that names the file.
std::unique_ptr<SyncEmbedder> open_color_embedder(const std::filesystem::path &path,
                                                  torch::Device device = torch::kCPU);

}  // namespace hyperlips::training
