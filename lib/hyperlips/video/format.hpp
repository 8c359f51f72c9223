// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

enum class ColorModel { Gray, YCbCr, Rgb };

/// Memory layout of one component, as in GstVideoFormatInfo.
struct Component {
  int plane = 0;
  int offset = 0;  ///< bytes from the start of the plane to the first sample
  /// Bytes from one sample to the next; 0 in v210, where samples share words.
  int pixel_stride = 0;
  int w_sub = 0;  ///< columns are subsampled by 2^w_sub
  int h_sub = 0;  ///< rows are subsampled by 2^h_sub
};

/// The layout of a PixelFormat, without alpha and padding, which are never accessed.
struct FormatInfo {
  ColorModel model = ColorModel::Rgb;
  int n_components = 3;
  std::array<Component, 3> components;  ///< R G B or Y Cb Cr
  int depth = 8;                        ///< significant bits of a sample
  int shift = 0;                        ///< unused bits below them
};

const FormatInfo &format_info(PixelFormat format);

/// Number of samples in a row or column of `pixels` pixels that is subsampled by 2^sub.
inline int subsampled(int pixels, int sub) { return (pixels + (1 << sub) - 1) >> sub; }

/// A linear map of three values: out = matrix * in + offset.
struct ColorMap {
  cv::Matx33f matrix = cv::Matx33f::eye();
  cv::Vec3f offset;
};

/// Conversion of samples, of the bit depth of the format, to R'G'B' in 0 ... 255, and back.
ColorMap samples_to_rgb(const FormatInfo &info, const Colorimetry &color);
ColorMap rgb_to_samples(const FormatInfo &info, const Colorimetry &color);

}  // namespace hyperlips
