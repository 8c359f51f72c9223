// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/face/tensor.hpp"

#include <algorithm>
#include <cstring>
#include <opencv2/imgproc.hpp>
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

/// Copies the first `rows` rows of a BGR picture to three of the six channels, and zeros to the
/// rows below.
void put_pixels(const cv::Mat &picture, int rows, std::byte *out) {
  auto *to = reinterpret_cast<std::uint8_t *>(out);
  for (int y = 0; y < kCropSize; ++y) {
    const auto *line = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < kCropSize; ++x, to += 6)
      for (int c = 0; c < 3; ++c) to[c] = y < rows ? line[x][c] : std::uint8_t{0};
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

void base_pixels(const cv::Mat &target, const cv::Mat &reference, std::span<std::byte> out) {
  check_picture(target, CV_8UC3, "target face");
  check_picture(reference, CV_8UC3, "reference face");
  check_span(out.size(), kFaceTensor);
  put_pixels(target, kCropSize / 2, out.data());
  put_pixels(reference, kCropSize, out.data() + 3);
}

void hr_pixels(const cv::Mat &face, const cv::Mat &sketch, std::span<std::byte> out) {
  check_picture(face, CV_8UC3, "face");
  check_picture(sketch, CV_8UC1, "sketch");
  check_span(out.size(), kFaceTensor);
  put_pixels(face, kCropSize, out.data());
  auto *to = reinterpret_cast<std::uint8_t *>(out.data()) + 3;
  for (int y = 0; y < kCropSize; ++y) {
    const auto *line = sketch.ptr<std::uint8_t>(y);
    for (int x = 0; x < kCropSize; ++x, to += 6) std::fill_n(to, 3, line[x]);
  }
}

cv::Mat picture_from_rows(std::span<const std::byte> rows, int first_row, const cv::Mat &crop,
                          int side) {
  check_picture(crop, CV_8UC3, "crop");
  if (side < kCropSize || side % kCropSize != 0 || first_row < 0 || first_row >= kCropSize)
    throw Error(ErrorKind::Settings,
                "Invalid picture: expected a size that is a multiple of 128 "
                "and a first row of 0 to 127, got " +
                    std::to_string(side) + " and " + std::to_string(first_row) + ".");
  const int first = first_row * side / kCropSize;
  cv::Mat picture(side, side, CV_8UC3);
  check_span(rows.size(), picture.rowRange(first, side).total() * picture.elemSize());
  if (first > 0) cv::resize(crop, picture, picture.size(), 0, 0, cv::INTER_LINEAR);
  std::memcpy(picture.ptr(first), rows.data(), rows.size());
  return picture;
}

}  // namespace hyperlips
