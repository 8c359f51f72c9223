// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/video/frame.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "hyperlips/error.hpp"

namespace hyperlips {

Affine Affine::after(const Affine &first) const {
  const auto &a = m, &b = first.m;
  return {{a[0] * b[0] + a[1] * b[3], a[0] * b[1] + a[1] * b[4], a[0] * b[2] + a[1] * b[5] + a[2],
           a[3] * b[0] + a[4] * b[3], a[3] * b[1] + a[4] * b[4], a[3] * b[2] + a[4] * b[5] + a[5]}};
}

Affine Affine::inverse() const {
  const double det = m[0] * m[4] - m[1] * m[3];
  if (!std::isnormal(det))
    throw Error(ErrorKind::Failed,
                "A map of picture coordinates cannot be inverted: its determinant is " +
                    std::to_string(det) + ", expected a finite number other than 0.");
  const double a = m[4] / det, b = -m[1] / det, c = -m[3] / det, d = m[0] / det;
  return {{a, b, -(a * m[2] + b * m[5]), c, d, -(c * m[2] + d * m[5])}};
}

namespace {

/// Upright square pixels per stored pixel, along the axes of the stored picture.
cv::Size2d enlargement(double pixel_aspect) {
  if (!(pixel_aspect > 0) || !std::isfinite(pixel_aspect)) return {1, 1};
  return {std::max(pixel_aspect, 1.0), std::max(1 / pixel_aspect, 1.0)};
}

/// The map from an upright picture to its stored form, of `right` + 1 x `bottom` + 1 pixels.
Affine turned_back(Orientation orientation, double right, double bottom) {
  switch (orientation) {
    case Orientation::Identity:
      return {};
    case Orientation::Rotate90:
      return {{0, 1, 0, -1, 0, bottom}};
    case Orientation::Rotate180:
      return {{-1, 0, right, 0, -1, bottom}};
    case Orientation::Rotate270:
      return {{0, -1, right, 1, 0, 0}};
    case Orientation::FlipHorizontal:
      return {{-1, 0, right, 0, 1, 0}};
    case Orientation::FlipVertical:
      return {{1, 0, 0, 0, -1, bottom}};
    case Orientation::Transpose:
      return {{0, 1, 0, 1, 0, 0}};
    case Orientation::Transverse:
      return {{0, -1, right, -1, 0, bottom}};
  }
  return {};
}

}  // namespace

cv::Size FrameView::size() const {
  const cv::Size2d scale = enlargement(pixel_aspect);
  const int width = cvRound(stored_width * scale.width);
  const int height = cvRound(stored_height * scale.height);
  switch (orientation) {
    case Orientation::Rotate90:
    case Orientation::Rotate270:
    case Orientation::Transpose:
    case Orientation::Transverse:
      return {height, width};
    default:
      return {width, height};
  }
}

Affine FrameView::upright_to_stored() const {
  const cv::Size2d scale = enlargement(pixel_aspect);
  const Affine turned =
      turned_back(orientation, stored_width * scale.width - 1, stored_height * scale.height - 1);
  if (scale == cv::Size2d(1, 1)) return turned;
  const Affine squeezed{{1 / scale.width, 0, 0.5 / scale.width - 0.5,  //
                         0, 1 / scale.height, 0.5 / scale.height - 0.5}};
  return squeezed.after(turned);
}

FrameView view_of(const cv::Mat &bgr) {
  if (bgr.type() != CV_8UC3)
    throw Error(ErrorKind::Failed, "view_of: invalid picture of OpenCV type " +
                                       cv::typeToString(bgr.type()) + "; expected CV_8UC3 (BGR).");
  FrameView view;
  view.stored_width = bgr.cols;
  view.stored_height = bgr.rows;
  view.planes[0] = {bgr.data, static_cast<std::ptrdiff_t>(bgr.step[0])};
  return view;
}

}  // namespace hyperlips
