// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace hyperlips::training {

/// Pictures in rows under labelled columns: reference, input, output, truth.
struct ContactSheet {
  std::vector<std::string> labels;         ///< of the columns
  std::vector<std::vector<cv::Mat>> rows;  ///< CV_8UC3 BGR of any size; an empty picture stays gray

  bool empty() const { return rows.empty(); }
};

/// The sheet as CV_8UC3: square cells of `cell` pixels, in which pictures keep their shape. Throws
/// Error{Settings} for a row of another length than the labels, or an empty sheet.
cv::Mat draw(const ContactSheet &sheet, int cell = 192);

/// Writes a PNG under a temporary name and renames it. Throws Error that names the file.
void write_png(const std::filesystem::path &path, const cv::Mat &picture);

/// Picks rows evenly out of a sequence whose length is not known: keeps each n-th, and doubles n
/// whenever there are twice as many as wanted.
class EvenPicker {
 public:
  explicit EvenPicker(std::size_t wanted) : wanted_(wanted) {}

  /// Whether the next element is to be kept; a caller that gets true calls keep() with it.
  bool wants() { return wanted_ > 0 && seen_++ % step_ == 0; }
  void keep(std::vector<cv::Mat> row);

  /// At most `wanted` rows, in order.
  std::vector<std::vector<cv::Mat>> rows() const;

 private:
  std::size_t wanted_, seen_ = 0, step_ = 1;
  std::vector<std::vector<cv::Mat>> rows_;
};

}  // namespace hyperlips::training
