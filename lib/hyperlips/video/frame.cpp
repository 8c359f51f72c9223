// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/video/frame.hpp"

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

cv::Size FrameView::size() const {
  switch (orientation) {
    case Orientation::Rotate90:
    case Orientation::Rotate270:
    case Orientation::Transpose:
    case Orientation::Transverse:
      return {stored_height, stored_width};
    default:
      return {stored_width, stored_height};
  }
}

Affine FrameView::upright_to_stored() const {
  const double right = stored_width - 1, bottom = stored_height - 1;
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
