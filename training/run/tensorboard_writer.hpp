// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include <opencv2/core/mat.hpp>

#include "util/file_descriptor.hpp"

namespace hyperlips::training {

/// Writes a TensorBoard event file: Event records (tensorflow/core/util/event.proto) framed as a
/// TFRecord, each with two masked CRC-32C. One file per process start and folder:
/// events.out.tfevents.TIME.HOST.PID.N. Not thread-safe.
///
/// All functions may throw Error{Failed} that names the file if it cannot be written (a full disk).
/// Events that could not be written are dropped, the file stays readable and later events are
/// written again, so a caller may warn and continue.
class TensorBoardWriter {
 public:
  using Clock = std::chrono::steady_clock;

  /// Creates folder and file. first_step: the first step of this process; TensorBoard then ignores
  /// the events of earlier files in the folder from that step on. Throws Error{Failed}.
  TensorBoardWriter(const std::filesystem::path &folder, std::int64_t first_step,
                    std::chrono::milliseconds flush_interval = std::chrono::seconds(5),
                    std::function<Clock::time_point()> now = Clock::now);
  /// Writes pending events.
  ~TensorBoardWriter();
  TensorBoardWriter(const TensorBoardWriter &) = delete;
  TensorBoardWriter &operator=(const TensorBoardWriter &) = delete;

  void scalar(std::string_view tag, double value, std::int64_t step);

  /// picture: CV_8UC3 (BGR) or CV_8UC1, stored as PNG.
  void image(std::string_view tag, const cv::Mat &picture, std::int64_t step);

  /// Markdown, for example the effective configuration.
  void text(std::string_view tag, std::string_view markdown, std::int64_t step);

  void flush();

  const std::filesystem::path &path() const { return path_; }

 private:
  void add(const std::string &event);
  void add_value(const std::string &value, std::int64_t step);

  std::filesystem::path path_;
  FileDescriptor file_;
  std::chrono::milliseconds flush_interval_;
  std::function<Clock::time_point()> now_;
  Clock::time_point flushed_;
  std::string pending_;
  std::int64_t written_ = 0;  ///< bytes of whole records in the file
};

/// CRC-32C (Castagnoli, RFC 3720), masked as TFRecord stores it.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace hyperlips::training
