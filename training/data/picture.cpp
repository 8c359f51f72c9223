// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/picture.hpp"

#include <algorithm>
#include <iterator>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace hyperlips::training {
namespace {

/// libjpeg fills the missing part of a truncated file with gray and only warns.
bool is_truncated_jpeg(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kStart[] = {0xFF, 0xD8}, kEnd[] = {0xFF, 0xD9};
  return bytes.size() > 2 && std::equal(std::begin(kStart), std::end(kStart), bytes.begin()) &&
         std::search(bytes.rbegin(), bytes.rend(), std::rbegin(kEnd), std::rend(kEnd)) ==
             bytes.rend();
}

}  // namespace

cv::Mat decode_picture(std::span<const std::uint8_t> bytes) {
  if (bytes.empty() || is_truncated_jpeg(bytes)) return {};
  try {
    // OpenCV has no read-only matrices; imdecode() does not write to its input.
    return cv::imdecode(
        cv::Mat(1, static_cast<int>(bytes.size()), CV_8U, const_cast<std::uint8_t *>(bytes.data())),
        cv::IMREAD_COLOR);
  } catch (const cv::Exception &) {
    return {};
  }
}

std::vector<std::uint8_t> encode_jpeg(const cv::Mat &picture, int quality) {
  std::vector<std::uint8_t> bytes;
  cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
  return bytes;
}

cv::Mat resize_square(const cv::Mat &picture, int size) {
  if (picture.cols == size && picture.rows == size) return picture;
  cv::Mat scaled;
  cv::resize(picture, scaled, {size, size}, 0, 0, cv::INTER_LINEAR);
  return scaled;
}

}  // namespace hyperlips::training
