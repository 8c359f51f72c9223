// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips {

/// Raw video layouts, named and defined as GStreamer's GstVideoFormat of the same name.
enum class PixelFormat {
  I420,
  YV12,
  NV12,
  NV21,
  Y42B,
  Y444,
  YUY2,
  UYVY,
  RGB,
  BGR,
  RGBx,
  BGRx,
  xRGB,
  xBGR,
  RGBA,
  BGRA,
  ARGB,
  ABGR,
  GRAY8,
  I420_10LE,
  P010_10LE,
  v210,
};

/// How Y'CbCr values map to R'G'B'. Ignored for RGB layouts, whose values are full range.
struct Colorimetry {
  double kr = 0.299;  ///< red weight of luma (BT.601 0.299, BT.709 0.2126, BT.2020 0.2627)
  double kb = 0.114;  ///< blue weight of luma (BT.601 0.114, BT.709 0.0722, BT.2020 0.0593)
  bool full_range = false;
  bool chroma_left = true;  ///< chroma is cosited with the left luma column (MPEG-2), else centered
  bool chroma_top = false;  ///< chroma is cosited with the upper luma row, else centered
};

/// The eight EXIF orientations: what must be done to the stored picture to see it upright.
enum class Orientation {
  Identity,
  Rotate90,
  Rotate180,
  Rotate270,  ///< clockwise
  FlipHorizontal,
  FlipVertical,
  Transpose,
  Transverse,
};

/// A 2x3 map of points in pixel units, where the center of pixel (i, j) is (i, j):
/// x' = m[0] x + m[1] y + m[2], y' = m[3] x + m[4] y + m[5].
struct Affine {
  std::array<double, 6> m{1, 0, 0, 0, 1, 0};

  cv::Point2d operator()(double x, double y) const {
    return {m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]};
  }
  /// The map that applies `first`, then this one.
  Affine after(const Affine &first) const;
  Affine inverse() const;
  bool operator==(const Affine &) const = default;
};

/// One plane of a frame in memory; planes stand in memory order, as in GstVideoFrame.
struct Plane {
  std::uint8_t *data = nullptr;
  std::ptrdiff_t stride = 0;  ///< bytes from one row to the next
};

/// A frame in somebody else's memory, in its own layout. Everything outside lib/video works in
/// upright coordinates: `size()` is what a viewer sees, `stored_width` x `stored_height` what is in
/// memory.
struct FrameView {
  PixelFormat format = PixelFormat::BGR;
  int stored_width = 0;
  int stored_height = 0;
  std::array<Plane, 3> planes;
  Colorimetry color;
  Orientation orientation = Orientation::Identity;

  cv::Size size() const;
  /// Upright pixel coordinates to stored ones.
  Affine upright_to_stored() const;
};

/// A BGR picture (CV_8UC3) as a frame, without a copy. The picture must outlive the view.
FrameView view_of(const cv::Mat &bgr);

}  // namespace hyperlips
