// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/engine/backend.hpp"

namespace hyperlips {

/// A converted face network, which runs on the calling thread. Not thread-safe.
class OnnxNet {
 public:
  /// Throws Error{NotFound} if the file does not exist, Error{Format} if it cannot be read, and
  /// Error{Device} if no backend can be loaded.
  explicit OnnxNet(const std::filesystem::path &file);

  /// Runs the network on `input` (NCHW) and returns its outputs `names`, which are valid until the
  /// next call. Throws Error{Failed}.
  std::vector<OnnxOutput> run(std::span<const float> input, std::span<const std::string> names) {
    return model_->run(input, names);
  }

 private:
  std::unique_ptr<OnnxModel> model_;
};

/// A picture (CV_8UC3 BGR) as planes of R, G and B: `scale` times the sample plus `offset`.
void rgb_planes(const cv::Mat &bgr, float scale, float offset, std::vector<float> &planes);

}  // namespace hyperlips
