// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace hyperlips::training {

/// Pictures in rows and labeled columns, for example reference, input, output, truth.
struct ContactSheet {
  std::vector<std::string> labels;         ///< of the columns
  std::vector<std::vector<cv::Mat>> rows;  ///< CV_8UC3 BGR of any size; empty: a gray cell

  bool empty() const { return rows.empty(); }
};

/// Draws the sheet as CV_8UC3: square cells of `cell` pixels, pictures scaled to fit with their
/// aspect ratio. Throws Error{Settings} for an empty sheet and for a row whose length differs from
/// labels.
cv::Mat draw(const ContactSheet &sheet, int cell = 192);

/// Writes a PNG file as PendingFile does. Throws Error that names the file.
void write_png(const std::filesystem::path &path, const cv::Mat &picture);

/// Picks rows evenly from a sequence of unknown length: keeps every n-th row and doubles n when
/// twice the wanted number is reached.
///
///   EvenPicker picker(6);
///   for (...) if (picker.wants()) picker.keep({input, output});
class EvenPicker {
 public:
  explicit EvenPicker(std::size_t wanted) : wanted_(wanted) {}

  /// Advances to the next row. If true, call keep() with it.
  bool wants() { return wanted_ > 0 && seen_++ % step_ == 0; }
  void keep(std::vector<cv::Mat> row);

  /// At most `wanted` rows, in order.
  std::vector<std::vector<cv::Mat>> rows() const;

 private:
  std::size_t wanted_, seen_ = 0, step_ = 1;
  std::vector<std::vector<cv::Mat>> rows_;
};

}  // namespace hyperlips::training
