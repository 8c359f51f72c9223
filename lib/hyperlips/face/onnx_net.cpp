// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/onnx_net.hpp"

#include "hyperlips/error.hpp"

namespace hyperlips {

OnnxNet::OnnxNet(const std::filesystem::path &file) : file_(file) {
  if (!std::filesystem::is_regular_file(file))
    throw Error(ErrorKind::NotFound, "There is no face model " + file.string() +
                                         "; run \"./hyperlips setup\" to convert it.");
  try {
    net_ = cv::dnn::readNetFromONNX(file.string());
    net_.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
    net_.setPreferableTarget(cv::dnn::DNN_TARGET_CPU);
  } catch (const cv::Exception &error) {
    throw Error(ErrorKind::Format, "OpenCV cannot read the face model " + file.string() + " (" +
                                       error.err +
                                       "); delete it and run \"./hyperlips setup\" again.");
  }
}

const std::vector<cv::Mat> &OnnxNet::run(const cv::Mat &blob,
                                         const std::vector<std::string> &names) {
  try {
    net_.setInput(blob);
    // These networks are too small to be worth waking threads for each layer. Inside a parallel
    // region OpenCV starts no other, and unlike cv::setNumThreads() this changes nothing for
    // others.
    cv::parallel_for_(cv::Range(0, 1), [&](const cv::Range &) { net_.forward(outputs_, names); });
  } catch (const cv::Exception &error) {
    throw Error(ErrorKind::Failed,
                "OpenCV could not run the face model " + file_.string() + ": " + error.err + ".");
  }
  return outputs_;
}

}  // namespace hyperlips
