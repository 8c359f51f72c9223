// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cmath>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/face/crop.hpp"

namespace hyperlips::test {

/// Row of a crop's pixel, and row of a landmark in it.
inline double row_of(const cv::Point3f &point, const Box &box) {
  return (point.y - box.y0) / box.height() * kCropSize;
}

inline double nose_tip_row(const Landmarks &face, const Box &box) { return row_of(face[4], box); }

inline double eye_row(const Landmarks &face, const Box &box) {
  double sum = 0;
  for (const int corner : {33, 133, 362, 263}) sum += row_of(face[std::size_t(corner)], box) / 4;
  return sum;
}

inline double aspect(const Box &box) { return box.height() / box.width(); }

/// Gap between the inner lips relative to the height of the face.
inline double opening_of(const Landmarks &face) {
  return cv::norm(face[13] - face[14]) / cv::norm(face[10] - face[152]);
}

/// How well the crop alone tells the opening of the mouth: row of the nose tip, row of the eyes and
/// aspect ratio, fitted to the first half of a clip (least squares), predict the second half.
class CropLeak {
 public:
  void add(const Landmarks &face, const Box &box) {
    crops_.push_back({nose_tip_row(face, box), eye_row(face, box), aspect(box), 1});
    openings_.push_back(opening_of(face));
  }

  /// The correlation of prediction and truth in the second half, -1 ... 1.
  double correlation() const {
    const int half = int(crops_.size() / 2), rest = int(crops_.size()) - half;
    const cv::Mat all(int(crops_.size()), 4, CV_64F, const_cast<double *>(crops_[0].data()));
    const cv::Mat truth(int(openings_.size()), 1, CV_64F, const_cast<double *>(openings_.data()));
    cv::Mat weights;
    cv::solve(all.rowRange(0, half), truth.rowRange(0, half), weights, cv::DECOMP_SVD);
    cv::Mat predicted = all.rowRange(half, half + rest) * weights;
    cv::Mat actual = truth.rowRange(half, half + rest).clone();
    predicted -= cv::mean(predicted)[0];
    actual -= cv::mean(actual)[0];
    const double scale = cv::norm(predicted) * cv::norm(actual);
    return scale > 0 ? predicted.dot(actual) / scale : 0;
  }

 private:
  std::vector<std::array<double, 4>> crops_;
  std::vector<double> openings_;
};

}  // namespace hyperlips::test
