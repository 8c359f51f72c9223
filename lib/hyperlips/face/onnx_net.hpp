// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/dnn.hpp>

namespace hyperlips {

/// A converted face network, run by OpenCV dnn on the calling thread. Not thread-safe.
class OnnxNet {
 public:
  /// Throws Error{NotFound} if the file does not exist and Error{Format} if OpenCV cannot read it.
  explicit OnnxNet(const std::filesystem::path &file);

  /// Runs the network on `blob` (NCHW float32) and returns its outputs `names`, which are valid
  /// until the next call. Throws Error{Failed}.
  const std::vector<cv::Mat> &run(const cv::Mat &blob, const std::vector<std::string> &names);

 private:
  std::filesystem::path file_;
  cv::dnn::Net net_;
  std::vector<cv::Mat> outputs_;
};

}  // namespace hyperlips
