// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <array>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include <opencv2/core.hpp>

#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// A pixel format and its GStreamer equivalent.
struct NamedFormat {
  PixelFormat format;
  GstVideoFormat gst;
};

/// All pixel formats.
inline constexpr std::array<NamedFormat, 22> kFormats{{
    {PixelFormat::I420, GST_VIDEO_FORMAT_I420},
    {PixelFormat::YV12, GST_VIDEO_FORMAT_YV12},
    {PixelFormat::NV12, GST_VIDEO_FORMAT_NV12},
    {PixelFormat::NV21, GST_VIDEO_FORMAT_NV21},
    {PixelFormat::Y42B, GST_VIDEO_FORMAT_Y42B},
    {PixelFormat::Y444, GST_VIDEO_FORMAT_Y444},
    {PixelFormat::YUY2, GST_VIDEO_FORMAT_YUY2},
    {PixelFormat::UYVY, GST_VIDEO_FORMAT_UYVY},
    {PixelFormat::RGB, GST_VIDEO_FORMAT_RGB},
    {PixelFormat::BGR, GST_VIDEO_FORMAT_BGR},
    {PixelFormat::RGBx, GST_VIDEO_FORMAT_RGBx},
    {PixelFormat::BGRx, GST_VIDEO_FORMAT_BGRx},
    {PixelFormat::xRGB, GST_VIDEO_FORMAT_xRGB},
    {PixelFormat::xBGR, GST_VIDEO_FORMAT_xBGR},
    {PixelFormat::RGBA, GST_VIDEO_FORMAT_RGBA},
    {PixelFormat::BGRA, GST_VIDEO_FORMAT_BGRA},
    {PixelFormat::ARGB, GST_VIDEO_FORMAT_ARGB},
    {PixelFormat::ABGR, GST_VIDEO_FORMAT_ABGR},
    {PixelFormat::GRAY8, GST_VIDEO_FORMAT_GRAY8},
    {PixelFormat::I420_10LE, GST_VIDEO_FORMAT_I420_10LE},
    {PixelFormat::P010_10LE, GST_VIDEO_FORMAT_P010_10LE},
    {PixelFormat::v210, GST_VIDEO_FORMAT_v210},
}};

/// The GStreamer name of a format: "I420".
inline std::string name(PixelFormat format) {
  for (const auto &f : kFormats)
    if (f.format == format) return gst_video_format_to_string(f.gst);
  throw std::logic_error("format is not in kFormats");
}

inline GstVideoFormat gst_format(PixelFormat format) {
  return gst_video_format_from_string(name(format).c_str());
}

/// The colorimetry of a frame.
struct ColorSetup {
  GstVideoColorMatrix matrix = GST_VIDEO_COLOR_MATRIX_BT601;
  bool full_range = false;
  GstVideoChromaSite site = GST_VIDEO_CHROMA_SITE_MPEG2;
  Transfer transfer = Transfer::Gamma;
  bool wide_gamut = false;  ///< primaries of BT.2020
};

/// A video frame allocated by GStreamer, initially all zeros.
class GstFrame {
 public:
  GstFrame(PixelFormat format, int width, int height, const ColorSetup &color = {})
      : GstFrame(gst_format(format), width, height, color) {
    view_.format = format;
  }
  GstFrame(GstVideoFormat format, int width, int height, const ColorSetup &color = {}) {
    if (!gst_is_initialized()) gst_init(nullptr, nullptr);
    GstVideoInfo info;
    gst_video_info_set_format(&info, format, width, height);
    if (!GST_VIDEO_INFO_IS_RGB(&info)) {
      info.colorimetry.matrix = color.matrix;
      info.colorimetry.range =
          color.full_range ? GST_VIDEO_COLOR_RANGE_0_255 : GST_VIDEO_COLOR_RANGE_16_235;
      info.chroma_site = color.site;
      gst_video_color_matrix_get_Kr_Kb(color.matrix, &view_.color.kr, &view_.color.kb);
      view_.color.full_range = color.full_range;
      view_.color.chroma_left = color.site & GST_VIDEO_CHROMA_SITE_H_COSITED;
      view_.color.chroma_top = color.site & GST_VIDEO_CHROMA_SITE_V_COSITED;
    }
    view_.color.transfer = color.transfer;
    view_.color.wide_gamut = color.wide_gamut;
    buffer_ = gst_buffer_new_allocate(nullptr, info.size, nullptr);
    if (!gst_video_frame_map(&frame_, &info, buffer_, GST_MAP_READWRITE))
      throw std::runtime_error("cannot map a video frame");
    for (auto &byte : bytes()) byte = 0;
    view_.stored_width = width;
    view_.stored_height = height;
    for (guint p = 0; p < GST_VIDEO_INFO_N_PLANES(&info); ++p)
      view_.planes[p] = {static_cast<std::uint8_t *>(GST_VIDEO_FRAME_PLANE_DATA(&frame_, p)),
                         GST_VIDEO_FRAME_PLANE_STRIDE(&frame_, p)};
  }
  ~GstFrame() {
    gst_video_frame_unmap(&frame_);
    gst_buffer_unref(buffer_);
  }
  GstFrame(const GstFrame &) = delete;
  GstFrame &operator=(const GstFrame &) = delete;

  const FrameView &view() const { return view_; }
  void set_orientation(Orientation orientation) { view_.orientation = orientation; }
  GstVideoFrame *gst() { return &frame_; }
  std::span<std::uint8_t> bytes() { return {frame_.map[0].data, frame_.map[0].size}; }

  /// Converts a CV_8UC3 BGR picture of the frame's size to the frame, as videoconvert does. This
  /// and to_bgr() convert through 16 bits, because GStreamer's fast paths for 8 bits replicate
  /// chroma samples and round coarsely.
  void fill(const cv::Mat &bgr) {
    GstFrame deep(GST_VIDEO_FORMAT_ARGB64, view_.stored_width, view_.stored_height);
    cv::Mat bgr16;
    bgr.convertTo(bgr16, CV_16U, 65535 / 255.0);
    cv::mixChannels({bgr16}, {deep.argb64()}, {2, 1, 1, 2, 0, 3});
    convert(deep, *this);
  }
  /// Converts the frame to CV_8UC3 BGR.
  cv::Mat to_bgr() {
    GstFrame deep(GST_VIDEO_FORMAT_ARGB64, view_.stored_width, view_.stored_height);
    convert(*this, deep);
    cv::Mat bgr(deep.argb64().size(), CV_16UC3), result;
    cv::mixChannels({deep.argb64()}, {bgr}, {3, 0, 2, 1, 1, 2});
    bgr.convertTo(result, CV_8U, 255.0 / 65535);
    return result;
  }

 private:
  cv::Mat argb64() const {
    const Plane &plane = view_.planes[0];
    return {view_.stored_height, view_.stored_width, CV_16UC4, plane.data,
            static_cast<std::size_t>(plane.stride)};
  }
  static void convert(GstFrame &from, GstFrame &to) {
    GstStructure *options =
        gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_DITHER_METHOD,
                          GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE, nullptr);
    GstVideoConverter *converter =
        gst_video_converter_new(&from.frame_.info, &to.frame_.info, options);
    if (!converter) throw std::runtime_error("no converter between these frames");
    gst_video_converter_frame(converter, &from.frame_, &to.frame_);
    gst_video_converter_free(converter);
  }

  GstBuffer *buffer_ = nullptr;
  GstVideoFrame frame_{};
  FrameView view_;
};

}  // namespace hyperlips
