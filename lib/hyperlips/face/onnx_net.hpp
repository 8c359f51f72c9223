// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/dnn.hpp>

namespace hyperlips {

/// One of the converted face networks, run by OpenCV dnn on the calling thread. Not thread-safe.
class OnnxNet {
 public:
  /// Throws Error{NotFound} without the file, Error{Format} when OpenCV cannot read it.
  explicit OnnxNet(const std::filesystem::path &file);

  /// Runs the network on `blob` (NCHW floats) and returns the outputs called `names`, which stay
  /// valid until the next run. Throws Error{Failed}.
  const std::vector<cv::Mat> &run(const cv::Mat &blob, const std::vector<std::string> &names);

 private:
  std::filesystem::path file_;
  cv::dnn::Net net_;
  std::vector<cv::Mat> outputs_;
};

}  // namespace hyperlips
