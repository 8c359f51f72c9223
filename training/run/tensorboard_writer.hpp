// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <opencv2/core/mat.hpp>

#include "util/file_descriptor.hpp"

namespace hyperlips::training {

/// Writes a TensorBoard event file: Event records (tensorflow/core/util/event.proto) framed as a
/// TFRecord, each with two masked CRC-32C. One file per process start and folder:
/// events.out.tfevents.TIME.HOST.PID.N. For one thread.
///
/// All may throw Error{Failed} that names the file when it cannot be written (a full disk). What
/// was not written is dropped, the file stays readable and later events are tried again, so a
/// caller may warn and go on.
class TensorBoardWriter {
 public:
  /// Makes folder and file. first_step: where this process begins; TensorBoard then forgets what
  /// earlier files in the folder say of it and later steps. Throws Error{Failed}.
  TensorBoardWriter(const std::filesystem::path &folder, std::int64_t first_step,
                    std::chrono::milliseconds flush_interval = std::chrono::seconds(5));
  /// Writes what is pending.
  ~TensorBoardWriter();
  TensorBoardWriter(const TensorBoardWriter &) = delete;
  TensorBoardWriter &operator=(const TensorBoardWriter &) = delete;

  void scalar(std::string_view tag, double value, std::int64_t step);

  /// picture: CV_8UC3 (BGR) or CV_8UC1, stored as PNG.
  void image(std::string_view tag, const cv::Mat &picture, std::int64_t step);

  /// Markdown: the effective configuration, say.
  void text(std::string_view tag, std::string_view markdown, std::int64_t step);

  void flush();

  const std::filesystem::path &path() const { return path_; }

 private:
  void add(const std::string &event);
  void add_value(const std::string &value, std::int64_t step);

  using Clock = std::chrono::steady_clock;
  std::filesystem::path path_;
  FileDescriptor file_;
  std::chrono::milliseconds flush_interval_;
  Clock::time_point flushed_ = Clock::now();
  std::string pending_;
  std::int64_t written_ = 0;  ///< bytes of whole records in the file
};

/// CRC-32C (Castagnoli, RFC 3720), masked as TFRecord stores it.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace hyperlips::training
