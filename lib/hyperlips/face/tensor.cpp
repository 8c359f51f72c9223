// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/tensor.hpp"

#include <algorithm>
#include <string>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"

namespace hyperlips {
namespace {

constexpr int kPlane = kCropSize * kCropSize;

void check_picture(const cv::Mat &picture, int type, const char *name) {
  if (picture.type() != type || picture.size() != cv::Size(kCropSize, kCropSize))
    throw Error(ErrorKind::Settings,
                std::string("Invalid ") + name + " picture: expected 128x128 pixels of type " +
                    cv::typeToString(type) + ", got " + std::to_string(picture.cols) + "x" +
                    std::to_string(picture.rows) + " of type " + cv::typeToString(picture.type()) +
                    ".");
}

void check_span(std::size_t found, std::size_t expected) {
  if (found != expected)
    throw Error(ErrorKind::Settings, "Invalid tensor: expected " + std::to_string(expected) +
                                         " values, got " + std::to_string(found) + ".");
}

/// Writes the first `rows` rows of each channel as planes of 0 ... 1, and zeros below.
void put_planes(const cv::Mat &picture, int rows, float *out) {
  std::fill_n(out, 3 * kPlane, 0.0f);
  for (int y = 0; y < rows; ++y) {
    const auto *line = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < kCropSize; ++x)
      for (int c = 0; c < 3; ++c)
        out[c * kPlane + y * kCropSize + x] = static_cast<float>(line[x][c]) / 255.0f;
  }
}

}  // namespace

void base_input(const cv::Mat &target, const cv::Mat &reference, std::span<float> out) {
  check_picture(target, CV_8UC3, "target face");
  check_picture(reference, CV_8UC3, "reference face");
  check_span(out.size(), kFaceTensor);
  put_planes(target, kCropSize / 2, out.data());
  put_planes(reference, kCropSize, out.data() + 3 * kPlane);
}

void hr_input(const cv::Mat &face, const cv::Mat &sketch, std::span<float> out) {
  check_picture(face, CV_8UC3, "face");
  check_picture(sketch, CV_8UC1, "sketch");
  check_span(out.size(), kFaceTensor);
  put_planes(face, kCropSize, out.data());
  for (int c = 3; c < 6; ++c)
    for (int y = 0; y < kCropSize; ++y) {
      const std::uint8_t *line = sketch.ptr<std::uint8_t>(y);
      for (int x = 0; x < kCropSize; ++x)
        out[c * kPlane + y * kCropSize + x] = static_cast<float>(line[x]) / 255.0f;
    }
}

cv::Mat picture_from_tensor(std::span<const float> tensor, int size) {
  if (size < 1)
    throw Error(ErrorKind::Settings,
                "Invalid picture size " + std::to_string(size) + "; expected at least 1.");
  const std::size_t plane = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
  check_span(tensor.size(), 3 * plane);
  cv::Mat picture(size, size, CV_8UC3);
  const float *in = tensor.data();
  for (int y = 0; y < size; ++y) {
    auto *line = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < size; ++x, ++in)
      for (std::size_t c = 0; c < 3; ++c) {
        // Also converts NaN to 0.
        const float value = in[c * plane] > 0 ? std::min(in[c * plane], 1.0f) : 0.0f;
        line[x][static_cast<int>(c)] = static_cast<std::uint8_t>(255 * value + 0.5f);
      }
  }
  return picture;
}

}  // namespace hyperlips
