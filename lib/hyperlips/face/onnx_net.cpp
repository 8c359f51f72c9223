// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/onnx_net.hpp"

#include "hyperlips/engine/backend_libraries.hpp"
#include "hyperlips/error.hpp"
#include "util/byte_source.hpp"
#include "util/foreign_file.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// A reader's message for a web page or a pointer of Git LFS would be about the format of ONNX.
void check_is_no_foreign_file(const std::filesystem::path &path) {
  const std::string what = foreign_file(file_start(FileSource(path)));
  if (!what.empty())
    throw Error(ErrorKind::Format, "Face model " + quote_path(path) + " cannot be used: " + what +
                                       ", or delete it and run \"./hyperlips setup\" again.");
}

}  // namespace

OnnxNet::OnnxNet(const std::filesystem::path &file) {
  if (!std::filesystem::is_regular_file(file))
    throw Error(ErrorKind::NotFound, "Face model " + quote_path(file) +
                                         " not found; run \"./hyperlips setup\" to convert it.");
  check_is_no_foreign_file(file);
  model_ = open_onnx_model(file);
}

void rgb_planes(const cv::Mat &bgr, float scale, float offset, std::vector<float> &planes) {
  const std::size_t plane = bgr.total();
  planes.resize(3 * plane);
  for (int y = 0; y < bgr.rows; ++y) {
    const std::uint8_t *in = bgr.ptr(y);
    float *red = planes.data() + static_cast<std::size_t>(y) * bgr.cols;
    float *green = red + plane, *blue = green + plane;
    for (int x = 0; x < bgr.cols; ++x) {
      red[x] = scale * in[3 * x + 2] + offset;
      green[x] = scale * in[3 * x + 1] + offset;
      blue[x] = scale * in[3 * x] + offset;
    }
  }
}

}  // namespace hyperlips
