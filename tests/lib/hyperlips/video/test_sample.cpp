// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "common/gst_frame.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/video/format.hpp"
#include "hyperlips/video/sample.hpp"

namespace hyperlips {
namespace {

/// A picture without sharp edges and without saturated colors, so that chroma filters agree.
cv::Mat smooth_picture(cv::Size size, int seed) {
  cv::Mat small(7, 9, CV_8UC3), picture;
  cv::RNG rng(seed);
  rng.fill(small, cv::RNG::UNIFORM, 60, 196);
  cv::resize(small, picture, size, 0, 0, cv::INTER_CUBIC);
  return picture;
}

double largest_difference(const cv::Mat &a, const cv::Mat &b) {
  return cv::norm(a, b, cv::NORM_INF);
}

std::string format_name(const testing::TestParamInfo<NamedFormat> &info) {
  return name(info.param.format);
}

TEST(Affine, CompositionAndInverse) {
  const Affine a{{2, 0.5, 3, -1, 4, 5}}, b{{0, -1, 7, 1.5, 0.25, -2}};
  const cv::Point2d inner = b(3, 4), outer = a(inner.x, inner.y), both = a.after(b)(3, 4);
  EXPECT_NEAR(both.x, outer.x, 1e-12);
  EXPECT_NEAR(both.y, outer.y, 1e-12);
  const cv::Point2d back = a.inverse()(outer.x, outer.y);
  EXPECT_NEAR(back.x, inner.x, 1e-12);
  EXPECT_NEAR(back.y, inner.y, 1e-12);
  EXPECT_THROW((Affine{{1, 2, 0, 2, 4, 0}}.inverse()), Error);
}

TEST(Frame, ViewOfRequiresBgr) {
  EXPECT_THROW(view_of(cv::Mat(4, 4, CV_8UC1)), Error);
  const cv::Mat picture = smooth_picture({9, 7}, 1);
  EXPECT_EQ(view_of(picture).size(), cv::Size(9, 7));
  EXPECT_EQ(largest_difference(sample_bgr(view_of(picture), {}, {9, 7}, Border::Black), picture),
            0);
}

class Formats : public testing::TestWithParam<NamedFormat> {};
INSTANTIATE_TEST_SUITE_P(All, Formats, testing::ValuesIn(kFormats), format_name);

TEST_P(Formats, LayoutMatchesGStreamer) {
  const FormatInfo &ours = format_info(GetParam().format);
  const GstVideoFormatInfo *gst = gst_video_format_get_info(GetParam().gst);
  EXPECT_EQ(ours.n_components, std::min(gst->n_components, 3u));
  for (int c = 0; c < ours.n_components; ++c) {
    EXPECT_EQ(ours.components[c].plane, static_cast<int>(gst->plane[c]));
    // GStreamer 1.22 lists 1 for Cr of P010, though its own pack function writes to byte 2.
    const bool misprint = gst->format == GST_VIDEO_FORMAT_P010_10LE && c == 2;
    EXPECT_EQ(ours.components[c].offset, misprint ? 2 : static_cast<int>(gst->poffset[c]));
    EXPECT_EQ(ours.components[c].pixel_stride, gst->pixel_stride[c]);
    EXPECT_EQ(ours.components[c].w_sub, static_cast<int>(gst->w_sub[c]));
    EXPECT_EQ(ours.components[c].h_sub, static_cast<int>(gst->h_sub[c]));
    EXPECT_EQ(ours.depth, static_cast<int>(gst->depth[c]));
    EXPECT_EQ(ours.shift, static_cast<int>(gst->shift[c]));
  }
  EXPECT_EQ(ours.model == ColorModel::Rgb, GST_VIDEO_FORMAT_INFO_IS_RGB(gst));
  EXPECT_EQ(ours.model == ColorModel::Gray, GST_VIDEO_FORMAT_INFO_IS_GRAY(gst));
}

TEST_P(Formats, ConversionMatchesGStreamer) {
  for (const cv::Size size : {cv::Size(64, 64), {65, 67}, {130, 71}, {322, 240}})
    for (const auto matrix : {GST_VIDEO_COLOR_MATRIX_BT601, GST_VIDEO_COLOR_MATRIX_BT709,
                              GST_VIDEO_COLOR_MATRIX_BT2020})
      for (const bool full : {false, true}) {
        GstFrame frame(GetParam().format, size.width, size.height, {matrix, full});
        frame.fill(smooth_picture(size, size.width));
        const cv::Mat ours = sample_bgr(frame.view(), {}, size, Border::Replicate);
        // GStreamer rounds up-sampled chroma to the format's depth before it converts.
        EXPECT_LE(largest_difference(ours, frame.to_bgr()), 4)
            << size << " matrix " << matrix << " full " << full;
      }
}

TEST_P(Formats, SubPixelMap) {
  const cv::Size size(120, 96), out(40, 30);
  GstFrame frame(GetParam().format, size.width, size.height);
  frame.fill(smooth_picture(size, 5));
  const cv::Mat whole = sample_bgr(frame.view(), {}, size, Border::Replicate);
  const double angle = 0.4;
  const Affine map{{1.3 * std::cos(angle), -std::sin(angle), 40.37, std::sin(angle),
                    1.3 * std::cos(angle), 21.81}};
  const cv::Mat ours = sample_bgr(frame.view(), map, out, Border::Replicate);
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      const cv::Point2d p = map(x, y);
      const int px = static_cast<int>(p.x), py = static_cast<int>(p.y);
      const double fx = p.x - px, fy = p.y - py;
      for (int c = 0; c < 3; ++c) {
        const auto at = [&](int dx, int dy) { return whole.at<cv::Vec3b>(py + dy, px + dx)[c]; };
        const double expected = (1 - fy) * ((1 - fx) * at(0, 0) + fx * at(1, 0)) +
                                fy * ((1 - fx) * at(0, 1) + fx * at(1, 1));
        ASSERT_NEAR(ours.at<cv::Vec3b>(y, x)[c], expected, 2) << x << " " << y << " " << c;
      }
    }
}

cv::Mat upright(const cv::Mat &stored, Orientation orientation) {
  cv::Mat out;
  switch (orientation) {
    case Orientation::Identity:
      return stored.clone();
    case Orientation::Rotate90:
      cv::rotate(stored, out, cv::ROTATE_90_CLOCKWISE);
      break;
    case Orientation::Rotate180:
      cv::rotate(stored, out, cv::ROTATE_180);
      break;
    case Orientation::Rotate270:
      cv::rotate(stored, out, cv::ROTATE_90_COUNTERCLOCKWISE);
      break;
    case Orientation::FlipHorizontal:
      cv::flip(stored, out, 1);
      break;
    case Orientation::FlipVertical:
      cv::flip(stored, out, 0);
      break;
    case Orientation::Transpose:
      cv::transpose(stored, out);
      break;
    case Orientation::Transverse:
      cv::rotate(stored.t(), out, cv::ROTATE_180);
      break;
  }
  return out;
}

TEST(Sample, AllOrientations) {
  for (const PixelFormat format : {PixelFormat::BGR, PixelFormat::I420, PixelFormat::v210}) {
    GstFrame frame(format, 90, 64);
    frame.fill(smooth_picture({90, 64}, 3));
    const cv::Mat stored = sample_bgr(frame.view(), {}, {90, 64}, Border::Replicate);
    for (int o = 0; o < 8; ++o) {
      FrameView view = frame.view();
      view.orientation = static_cast<Orientation>(o);
      const cv::Mat expected = upright(stored, view.orientation);
      ASSERT_EQ(view.size(), expected.size());
      EXPECT_EQ(largest_difference(sample_bgr(view, {}, view.size(), Border::Replicate), expected),
                0)
          << name(format) << " orientation " << o;
    }
  }
}

TEST(Sample, ChromaSiting) {
  for (const auto site : {GST_VIDEO_CHROMA_SITE_JPEG, GST_VIDEO_CHROMA_SITE_MPEG2,
                          GST_VIDEO_CHROMA_SITE_COSITED, GST_VIDEO_CHROMA_SITE_V_COSITED}) {
    // Cb is a linear function of the position, written at the positions of its samples.
    const auto cb = [](double x, double y) { return 60 + 1.2 * x + 0.7 * y; };
    GstFrame frame(PixelFormat::I420, 64, 64, {GST_VIDEO_COLOR_MATRIX_BT709, true, site});
    const double dx = site & GST_VIDEO_CHROMA_SITE_H_COSITED ? 0 : 0.5;
    const double dy = site & GST_VIDEO_CHROMA_SITE_V_COSITED ? 0 : 0.5;
    const auto &planes = frame.view().planes;
    for (int y = 0; y < 64; ++y) std::fill_n(planes[0].data + y * planes[0].stride, 64, 100);
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x) {
        planes[1].data[y * planes[1].stride + x] =
            static_cast<std::uint8_t>(std::lround(cb(2 * x + dx, 2 * y + dy)));
        planes[2].data[y * planes[2].stride + x] = 128;
      }
    const cv::Mat bgr = sample_bgr(frame.view(), {}, {64, 64}, Border::Replicate);
    double error = 0;
    for (int y = 4; y < 60; ++y)
      for (int x = 4; x < 60; ++x)
        error += (bgr.at<cv::Vec3b>(y, x)[0] - 100) / 1.8556 + 128 - cb(x, y);
    EXPECT_NEAR(error / (56 * 56), 0, 0.1) << "site " << site;
  }
}

#ifndef __FP_FAST_FMAF  // which lets the compiler round sums differently in different loops
/// A point of what sample_bgr() returns, for formats of bytes.
cv::Vec3b sampled(const FrameView &frame, const Affine &map, int column, int row, Border border,
                  SubPixel sub_pixel) {
  const FormatInfo &info = format_info(frame.format);
  const auto on_grid = [&](double x, int pixels) {
    if (sub_pixel == SubPixel::Exact) return x;
    return cvRound(32 * std::clamp(x, -2.0, pixels + 1.0)) / 32.0;
  };
  const auto axis = [&](double x, int pixels, int sub, bool cosited) {
    const double scale = 1.0 / (1 << sub), shift = sub == 0 || cosited ? 0 : scale / 2 - 0.5;
    return std::clamp(x * scale + shift, 0.0, subsampled(pixels, sub) - 1.0);
  };
  const int width = frame.stored_width, height = frame.stored_height;
  const cv::Point2d start = map(0, row), here = map(column, row);
  cv::Vec3f values;
  for (int c = 0; c < info.n_components; ++c) {
    const Component &component = info.components[c];
    const double x = axis(on_grid(start.x + column * map.m[0], width), width, component.w_sub,
                          frame.color.chroma_left);
    const double y = axis(on_grid(start.y + column * map.m[3], height), height, component.h_sub,
                          frame.color.chroma_top);
    const int left = static_cast<int>(x), top = static_cast<int>(y);
    const auto fx = static_cast<float>(x - left), fy = static_cast<float>(y - top);
    const auto at = [&](int i, int j) {
      i = std::min(i, subsampled(width, component.w_sub) - 1);
      j = std::min(j, subsampled(height, component.h_sub) - 1);
      const Plane &plane = frame.planes[component.plane];
      return static_cast<float>(
          plane.data[component.offset + j * plane.stride + i * component.pixel_stride]);
    };
    const auto along = [&](int j) { return at(left, j) + fx * (at(left + 1, j) - at(left, j)); };
    values[c] = along(top) + fy * (along(top + 1) - along(top));
  }
  const ColorMap to_rgb = samples_to_rgb(info, frame.color);
  cv::Vec3f rgb = to_rgb.matrix * values + to_rgb.offset;
  const auto coverage = [](double x, int pixels) {
    return static_cast<float>(std::clamp(std::min(x + 1, pixels - x), 0.0, 1.0));
  };
  if (border == Border::Black)
    rgb *= coverage(on_grid(here.x, width), width) * coverage(on_grid(here.y, height), height);
  cv::Vec3b bgr;
  for (int c = 0; c < 3; ++c)
    bgr[c] = static_cast<std::uint8_t>(std::clamp(rgb[2 - c] + 0.5f, 0.0f, 255.0f));
  return bgr;
}

TEST(Sample, EqualsSamplesOfSinglePoints) {
  const cv::Size size(97, 65), out(61, 40);
  cv::RNG rng(11);
  for (const PixelFormat format :
       {PixelFormat::I420, PixelFormat::NV12, PixelFormat::RGB, PixelFormat::GRAY8}) {
    GstFrame frame(format, size.width, size.height);
    cv::Mat noise(size, CV_8UC3);
    rng.fill(noise, cv::RNG::UNIFORM, 0, 256);
    frame.fill(noise);
    for (const double angle : {0.0, 0.4, 3.0})
      for (const double scale : {0.37, 1.0, 1.90625})
        for (const Border border : {Border::Black, Border::Replicate})
          for (const SubPixel sub_pixel : {SubPixel::Exact, SubPixel::Warp}) {
            const double a = scale * std::cos(angle), b = scale * std::sin(angle);
            const Affine map{{a, -b, 20.25 + 0.1 * angle, b, a, -7.015625}};
            const cv::Mat ours = sample_bgr(frame.view(), map, out, border, sub_pixel);
            for (int y = 0; y < out.height; ++y)
              for (int x = 0; x < out.width; ++x)
                ASSERT_EQ(ours.at<cv::Vec3b>(y, x),
                          sampled(frame.view(), map, x, y, border, sub_pixel))
                    << name(format) << " " << x << " " << y;
          }
  }
}
#endif

TEST(Sample, SubPixelPrecision) {
  // Steps of 1/100 pixel over a slope of 100 levels reveal a coarse grid of weights.
  cv::Mat steep(8, 2, CV_8UC3);
  steep.col(0).setTo(cv::Scalar::all(50));
  steep.col(1).setTo(cv::Scalar::all(150));
  const cv::Mat out = sample_bgr(view_of(steep), {{0.01, 0, 0, 0, 1, 0}}, {101, 8}, Border::Black);
  for (int x = 0; x <= 100; ++x) EXPECT_EQ(out.at<cv::Vec3b>(3, x)[0], 50 + x);
}

TEST(Sample, BlackAndReplicatedBorders) {
  const cv::Mat white(64, 65, CV_8UC3, cv::Scalar(210, 220, 230));
  for (const auto &[format, gst] : kFormats) {
    GstFrame frame(format, 65, 64);
    frame.fill(white);
    const Affine map{{1, 0, -10.25, 0, 1, -5}};
    const cv::Size size(90, 80);
    const cv::Mat black = sample_bgr(frame.view(), map, size, Border::Black);
    const cv::Mat repeated = sample_bgr(frame.view(), map, size, Border::Replicate);
    const cv::Mat inside = sample_bgr(frame.view(), {}, {1, 1}, Border::Black);
    const cv::Vec3b color = inside.at<cv::Vec3b>(0, 0);
    EXPECT_EQ(black.at<cv::Vec3b>(20, 9), cv::Vec3b(0, 0, 0)) << name(format);
    EXPECT_NEAR(black.at<cv::Vec3b>(20, 10)[1], 0.75 * color[1], 1) << name(format);
    EXPECT_EQ(black.at<cv::Vec3b>(20, 11), color) << name(format);
    EXPECT_EQ(black.at<cv::Vec3b>(4, 40), cv::Vec3b(0, 0, 0)) << name(format);
    EXPECT_EQ(black.at<cv::Vec3b>(5, 40), color) << name(format);
    EXPECT_EQ(black.at<cv::Vec3b>(79, 89), cv::Vec3b(0, 0, 0)) << name(format);
    EXPECT_EQ(largest_difference(repeated, cv::Mat(size, CV_8UC3, cv::Scalar(color))), 0)
        << name(format);
  }
}

TEST(Sample, LastCornerOf8KFrame) {
  for (const PixelFormat format :
       {PixelFormat::NV12, PixelFormat::P010_10LE, PixelFormat::v210, PixelFormat::RGBA}) {
    GstFrame frame(format, 7680, 4320);
    // Only the corner contains a picture, copied plane by plane from a small frame.
    GstFrame small(format, 96, 64);
    const cv::Mat picture = smooth_picture({96, 64}, 8);
    small.fill(picture);
    const auto &components = format_info(format).components;
    for (int p = 0; p < 3 && frame.view().planes[p].data; ++p) {
      const bool chroma = p > 0;
      const int rows = 64 >> (chroma ? components[1].h_sub : 0);
      const int all = 4320 >> (chroma ? components[1].h_sub : 0);
      const std::ptrdiff_t from = small.view().planes[p].stride, to = frame.view().planes[p].stride;
      const int bytes = format == PixelFormat::v210   ? 96 / 6 * 16
                        : format == PixelFormat::RGBA ? 96 * 4
                        : format == PixelFormat::NV12 ? 96
                                                      : 192;
      const int line = format == PixelFormat::v210 ? 7680 / 6 * 16 : 7680 / 96 * bytes;
      for (int y = 0; y < rows; ++y)
        std::copy_n(small.view().planes[p].data + y * from, bytes,
                    frame.view().planes[p].data + (all - rows + y) * to + line - bytes);
    }
    const Affine map{{1, 0, 7680.0 - 64, 0, 1, 4320.0 - 64}};
    const cv::Mat far = sample_bgr(frame.view(), map, {64, 64}, Border::Replicate);
    const cv::Mat near =
        sample_bgr(small.view(), {{1, 0, 32, 0, 1, 0}}, {64, 64}, Border::Replicate);
    EXPECT_LE(largest_difference(far(cv::Rect(1, 1, 63, 63)), near(cv::Rect(1, 1, 63, 63))), 0)
        << name(format);
  }
}

}  // namespace
}  // namespace hyperlips
