// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/onnx_net.hpp"

#include "hyperlips/error.hpp"
#include "util/byte_source.hpp"
#include "util/foreign_file.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// OpenCV's message for a web page or a pointer of Git LFS would be about the format of ONNX.
void check_is_no_foreign_file(const std::filesystem::path &path) {
  const std::string what = foreign_file(file_start(FileSource(path)));
  if (!what.empty())
    throw Error(ErrorKind::Format, "Face model " + quote_path(path) + " cannot be used: " + what +
                                       ", or delete it and run \"./hyperlips setup\" again.");
}

}  // namespace

OnnxNet::OnnxNet(const std::filesystem::path &file) : file_(file) {
  if (!std::filesystem::is_regular_file(file))
    throw Error(ErrorKind::NotFound, "Face model " + quote_path(file) +
                                         " not found; run \"./hyperlips setup\" to convert it.");
  check_is_no_foreign_file(file);
  try {
    net_ = cv::dnn::readNetFromONNX(file.string());
    net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net_.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
  } catch (const cv::Exception &error) {
    throw Error(ErrorKind::Format, "OpenCV cannot read face model " + quote_path(file) + " (" +
                                       error.err +
                                       "); delete it and run \"./hyperlips setup\" again.");
  }
}

const std::vector<cv::Mat> &OnnxNet::run(const cv::Mat &blob,
                                         const std::vector<std::string> &names) {
  try {
    net_.setInput(blob);
    // These networks are too small for multithreading. Inside a parallel region OpenCV starts no
    // other, and unlike cv::setNumThreads() this does not affect other users.
    cv::parallel_for_(cv::Range(0, 1), [&](const cv::Range &) { net_.forward(outputs_, names); });
  } catch (const cv::Exception &error) {
    throw Error(ErrorKind::Failed,
                "OpenCV cannot run face model " + quote_path(file_) + ": " + error.err + ".");
  }
  return outputs_;
}

}  // namespace hyperlips
