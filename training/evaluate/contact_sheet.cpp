// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/contact_sheet.hpp"

#include <algorithm>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "util/pending_file.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {

cv::Mat draw(const ContactSheet &sheet, int cell) {
  constexpr int kGap = 4, kHead = 24;
  if (sheet.rows.empty() || sheet.labels.empty())
    throw Error(ErrorKind::Settings, "A contact sheet needs at least one row and one column.");
  const int columns = int(sheet.labels.size()), rows = int(sheet.rows.size());
  cv::Mat picture(kHead + rows * (cell + kGap), kGap + columns * (cell + kGap), CV_8UC3,
                  cv::Scalar::all(48));
  for (int c = 0; c < columns; ++c) {
    cv::putText(picture, sheet.labels[c], {kGap + c * (cell + kGap), kHead - 8},
                cv::FONT_HERSHEY_SIMPLEX, 0.5, cv::Scalar::all(240), 1, cv::LINE_AA);
  }
  for (int r = 0; r < rows; ++r) {
    if (int(sheet.rows[r].size()) != columns) {
      throw Error(ErrorKind::Settings, "Row " + std::to_string(r) + " of a contact sheet has " +
                                           std::to_string(sheet.rows[r].size()) +
                                           " pictures; expected " + std::to_string(columns) + ".");
    }
    for (int c = 0; c < columns; ++c) {
      const cv::Mat &content = sheet.rows[r][c];
      if (content.empty()) continue;
      const double scale = double(cell) / std::max(content.cols, content.rows);
      const cv::Size size(std::max(1, int(content.cols * scale + 0.5)),
                          std::max(1, int(content.rows * scale + 0.5)));
      const cv::Point at(kGap + c * (cell + kGap) + (cell - size.width) / 2,
                         kHead + r * (cell + kGap) + (cell - size.height) / 2);
      cv::resize(content, picture(cv::Rect(at, size)), size, 0, 0,
                 scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    }
  }
  return picture;
}

void write_png(const std::filesystem::path &path, const cv::Mat &picture) {
  std::vector<std::uint8_t> bytes;
  if (!cv::imencode(".png", picture, bytes))
    throw Error(ErrorKind::Failed, "Cannot encode a picture for " + quote_path(path) + ".");
  PendingFile file(path);
  file.write(std::as_bytes(std::span(bytes)));
  file.commit();
}

}  // namespace hyperlips::training
