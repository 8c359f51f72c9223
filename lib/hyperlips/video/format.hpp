// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

enum class ColorModel { Gray, YCbCr, Rgb };

/// Where one component's samples lie, as in GstVideoFormatInfo.
struct Component {
  int plane = 0;
  int offset = 0;  ///< bytes from the plane's start to the first sample
  int pixel_stride =
      0;          ///< bytes from one sample to the next; 0 in v210, whose samples share words
  int w_sub = 0;  ///< columns are subsampled by 2^w_sub
  int h_sub = 0;
};

/// The layout of a PixelFormat. Alpha and padding are not listed: nothing here touches them.
struct FormatInfo {
  ColorModel model = ColorModel::Rgb;
  int n_components = 3;
  std::array<Component, 3> components;  ///< R G B or Y Cb Cr
  int depth = 8;                        ///< significant bits of a sample
  int shift = 0;                        ///< zero bits below them
};

const FormatInfo &format_info(PixelFormat format);

/// Samples of `component` in a row or column of `pixels` pixels.
inline int subsampled(int pixels, int sub) { return (pixels + (1 << sub) - 1) >> sub; }

/// A linear map of three values: out = matrix * in + offset.
struct ColorMap {
  cv::Matx33f matrix = cv::Matx33f::eye();
  cv::Vec3f offset;
};

/// The frame's samples (of the format's depth) to R'G'B' of 0 ... 255, and back.
ColorMap samples_to_rgb(const FormatInfo &info, const Colorimetry &color);
ColorMap rgb_to_samples(const FormatInfo &info, const Colorimetry &color);

}  // namespace hyperlips
