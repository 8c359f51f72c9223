// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <opencv2/core.hpp>

namespace hyperlips {

/// Raw video formats, defined as GstVideoFormat of the same name.
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

/// How R'G'B' stands for light.
enum class Transfer {
  Gamma,  ///< a gamma of standard dynamic range: BT.601, BT.709, sRGB, ...
  Pq,     ///< SMPTE ST 2084
  Hlg,    ///< ARIB STD-B67
};

/// Conversion of Y'CbCr to R'G'B', ignored for RGB formats, which are full range; and what R'G'B'
/// means.
struct Colorimetry {
  double kr = 0.299;        ///< red weight of luma (BT.601 0.299, BT.709 0.2126, BT.2020 0.2627)
  double kb = 0.114;        ///< blue weight of luma (BT.601 0.114, BT.709 0.0722, BT.2020 0.0593)
  bool full_range = false;  ///< 0 ... 255 instead of 16 ... 235 (luma), 16 ... 240 (chroma)
  bool chroma_left = true;  ///< chroma is cosited with the left luma column (MPEG-2), else centered
  bool chroma_top = false;  ///< chroma is cosited with the upper luma row, else centered
  Transfer transfer = Transfer::Gamma;
  bool wide_gamut = false;  ///< the primaries are those of BT.2020
};

/// The eight EXIF orientations: the transformation that makes the stored picture upright.
enum class Orientation {
  Identity,
  Rotate90,  ///< clockwise
  Rotate180,
  Rotate270,       ///< clockwise
  FlipHorizontal,  ///< left and right are swapped
  FlipVertical,    ///< top and bottom are swapped
  Transpose,       ///< rows and columns are swapped
  Transverse,      ///< Transpose, then Rotate180
};

/// An affine map of points in pixel units, where the center of pixel (i, j) is (i, j):
/// x' = m[0] x + m[1] y + m[2], y' = m[3] x + m[4] y + m[5]. The default is the identity.
struct Affine {
  std::array<double, 6> m{1, 0, 0, 0, 1, 0};

  cv::Point2d operator()(double x, double y) const {
    return {m[0] * x + m[1] * y + m[2], m[3] * x + m[4] * y + m[5]};
  }
  /// The map that applies `first`, then this one.
  Affine after(const Affine &first) const;
  /// Throws Error{Failed} if there is none.
  Affine inverse() const;
  bool operator==(const Affine &) const = default;
};

/// One plane of a frame.
struct Plane {
  std::uint8_t *data = nullptr;
  std::ptrdiff_t stride = 0;  ///< bytes from one row to the next
};

/// A frame in memory that the view does not own, in any PixelFormat. All functions of the library
/// take and return upright coordinates, in which pixels are square: size() is the displayed size,
/// `stored_width` x `stored_height` the size in memory.
struct FrameView {
  PixelFormat format = PixelFormat::BGR;
  int stored_width = 0;         ///< pixels
  int stored_height = 0;        ///< pixels
  std::array<Plane, 3> planes;  ///< in the order of GstVideoFrame
  Colorimetry color;
  Orientation orientation = Orientation::Identity;
  double pixel_aspect = 1;  ///< width of a stored pixel divided by its height

  /// Upright width and height in square pixels. The one along which stored pixels are longer is
  /// larger than in memory, so that no pixel is lost.
  cv::Size size() const;
  /// Maps upright to stored pixel coordinates.
  Affine upright_to_stored() const;
};

/// A view of a BGR picture (CV_8UC3), without a copy. The picture must outlive the view. Throws
/// Error{Failed} for another type.
FrameView view_of(const cv::Mat &bgr);

}  // namespace hyperlips
