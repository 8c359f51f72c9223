// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <string>

#include "gst/lib/media/av_ptr.hpp"
#include "gst/lib/media/gst_ptr.hpp"

namespace hyperlips {

/// Formats that frames may have in memory.
enum class FrameFormats {
  Any,      ///< all that GStreamer has
  Library,  ///< those that the library reads (HYPERLIPS_VIDEO_FORMATS)
};

/// Makes GStreamer's buffers of FFmpeg's frames. All frames of a file get the format of the first
/// one. A format that GStreamer lacks becomes the most similar one that it has; range and matrix
/// stay, and nothing is dithered.
class FrameConverter {
 public:
  explicit FrameConverter(FrameFormats formats) : formats_(formats) {}

  /// Sets the format by the first frame. pixel_aspect, frame_rate: 0/1 if unknown.
  void start(const AVFrame &frame, AVRational pixel_aspect, AVRational frame_rate);

  /// "320x240 yuv420p"; frames of another size cannot be converted.
  static std::string describe(const AVFrame &frame);
  bool same_size(const AVFrame &frame) const {
    return frame.width == info_.width && frame.height == info_.height;
  }

  /// Copies a frame. Throws Error{Memory}.
  BufferPtr convert(const AVFrame &frame);

  /// Of the buffers: format, size, pixel aspect ratio, frame rate, colorimetry, HDR metadata.
  GstCaps *caps() const { return caps_.get(); }

 private:
  FrameFormats formats_;
  GstVideoInfo info_{};
  AVPixelFormat stored_ = AV_PIX_FMT_NONE;  // the same format as GstVideoInfo's
  CapsPtr caps_;
  ScalerPtr scaler_;
  AVPixelFormat scaled_from_ = AV_PIX_FMT_NONE;
};

/// The same layout in memory for the other library; AV_PIX_FMT_NONE or GST_VIDEO_FORMAT_UNKNOWN if
/// it has none.
AVPixelFormat same_layout(GstVideoFormat format);
GstVideoFormat same_layout(AVPixelFormat format);

/// FFmpeg has formats of their own for full range: the one for any range.
AVPixelFormat without_range(int format);

/// Whether a pixel of the frame is not opaque.
bool has_transparency(const AVFrame &frame);

}  // namespace hyperlips
