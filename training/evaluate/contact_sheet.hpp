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

}  // namespace hyperlips::training
