// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/video/format.hpp"

namespace hyperlips {
namespace {

constexpr FormatInfo yuv(Component y, Component cb, Component cr, int depth = 8, int shift = 0) {
  return {ColorModel::YCbCr, 3, {y, cb, cr}, depth, shift};
}

constexpr FormatInfo rgb(int pixel_stride, int r, int g, int b) {
  return {ColorModel::Rgb,
          3,
          {Component{0, r, pixel_stride}, Component{0, g, pixel_stride},
           Component{0, b, pixel_stride}}};
}

constexpr FormatInfo kI420 = yuv({0, 0, 1}, {1, 0, 1, 1, 1}, {2, 0, 1, 1, 1});
constexpr FormatInfo kYV12 = yuv({0, 0, 1}, {2, 0, 1, 1, 1}, {1, 0, 1, 1, 1});
constexpr FormatInfo kNV12 = yuv({0, 0, 1}, {1, 0, 2, 1, 1}, {1, 1, 2, 1, 1});
constexpr FormatInfo kNV21 = yuv({0, 0, 1}, {1, 1, 2, 1, 1}, {1, 0, 2, 1, 1});
constexpr FormatInfo kY42B = yuv({0, 0, 1}, {1, 0, 1, 1, 0}, {2, 0, 1, 1, 0});
constexpr FormatInfo kY444 = yuv({0, 0, 1}, {1, 0, 1}, {2, 0, 1});
constexpr FormatInfo kYUY2 = yuv({0, 0, 2}, {0, 1, 4, 1, 0}, {0, 3, 4, 1, 0});
constexpr FormatInfo kUYVY = yuv({0, 1, 2}, {0, 0, 4, 1, 0}, {0, 2, 4, 1, 0});
constexpr FormatInfo kI420_10 = yuv({0, 0, 2}, {1, 0, 2, 1, 1}, {2, 0, 2, 1, 1}, 10);
constexpr FormatInfo kP010 = yuv({0, 0, 2}, {1, 0, 4, 1, 1}, {1, 2, 4, 1, 1}, 10, 6);
constexpr FormatInfo kV210 = yuv({0, 0, 0}, {0, 0, 0, 1, 0}, {0, 0, 0, 1, 0}, 10);
constexpr FormatInfo kGray8 = {ColorModel::Gray, 1, {Component{0, 0, 1}}};
constexpr FormatInfo kRgb = rgb(3, 0, 1, 2);
constexpr FormatInfo kBgr = rgb(3, 2, 1, 0);
constexpr FormatInfo kRgbx = rgb(4, 0, 1, 2);
constexpr FormatInfo kBgrx = rgb(4, 2, 1, 0);
constexpr FormatInfo kXrgb = rgb(4, 1, 2, 3);
constexpr FormatInfo kXbgr = rgb(4, 3, 2, 1);

struct Range {
  float black, luma, gray, chroma;
};

Range range_of(int depth, bool full) {
  const auto unit = static_cast<float>(1 << (depth - 8));
  const auto top = static_cast<float>((1 << depth) - 1);
  if (full) return {0, top, 128 * unit, top};
  return {16 * unit, 219 * unit, 128 * unit, 224 * unit};
}

}  // namespace

const FormatInfo &format_info(PixelFormat format) {
  switch (format) {
    case PixelFormat::I420:
      return kI420;
    case PixelFormat::YV12:
      return kYV12;
    case PixelFormat::NV12:
      return kNV12;
    case PixelFormat::NV21:
      return kNV21;
    case PixelFormat::Y42B:
      return kY42B;
    case PixelFormat::Y444:
      return kY444;
    case PixelFormat::YUY2:
      return kYUY2;
    case PixelFormat::UYVY:
      return kUYVY;
    case PixelFormat::RGB:
      return kRgb;
    case PixelFormat::BGR:
      return kBgr;
    case PixelFormat::RGBx:
    case PixelFormat::RGBA:
      return kRgbx;
    case PixelFormat::BGRx:
    case PixelFormat::BGRA:
      return kBgrx;
    case PixelFormat::xRGB:
    case PixelFormat::ARGB:
      return kXrgb;
    case PixelFormat::xBGR:
    case PixelFormat::ABGR:
      return kXbgr;
    case PixelFormat::GRAY8:
      return kGray8;
    case PixelFormat::I420_10LE:
      return kI420_10;
    case PixelFormat::P010_10LE:
      return kP010;
    case PixelFormat::v210:
      return kV210;
  }
  return kBgr;
}

ColorMap rgb_to_samples(const FormatInfo &info, const Colorimetry &color) {
  if (info.model == ColorModel::Rgb) return {};
  const Range range = range_of(info.depth, color.full_range);
  const auto kr = static_cast<float>(color.kr), kb = static_cast<float>(color.kb);
  const float kg = 1 - kr - kb;
  const float y = range.luma / 255, cb = range.chroma / 255 / (2 * (1 - kb)),
              cr = range.chroma / 255 / (2 * (1 - kr));
  ColorMap map;
  map.matrix = {kr * y,        kg * y,   kb * y,         // Y
                -kr * cb,      -kg * cb, (1 - kb) * cb,  // Cb
                (1 - kr) * cr, -kg * cr, -kb * cr};      // Cr
  map.offset = {range.black, range.gray, range.gray};
  return map;
}

ColorMap samples_to_rgb(const FormatInfo &info, const Colorimetry &color) {
  if (info.model == ColorModel::Rgb) return {};
  ColorMap map;
  if (info.model == ColorModel::Gray) {
    const Range range = range_of(info.depth, color.full_range);
    const float scale = 255 / range.luma;
    map.matrix = {scale, 0, 0, scale, 0, 0, scale, 0, 0};
    map.offset = cv::Vec3f::all(-range.black * scale);
    return map;
  }
  const ColorMap back = rgb_to_samples(info, color);
  map.matrix = back.matrix.inv();
  map.offset = -(map.matrix * back.offset);
  return map;
}

}  // namespace hyperlips
