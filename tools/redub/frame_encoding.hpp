// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <memory>

#include "gst/lib/media/gst_ptr.hpp"
#include "output_format.hpp"

namespace hyperlips::redub {

/// A frame in memory. Throws Error{Memory}.
class Mapped {
 public:
  Mapped(const GstVideoInfo &info, GstBuffer *buffer, GstMapFlags flags);
  ~Mapped() { gst_video_frame_unmap(&frame_); }
  Mapped(const Mapped &) = delete;
  Mapped &operator=(const Mapped &) = delete;
  GstVideoFrame *get() { return &frame_; }

 private:
  GstVideoFrame frame_;
};

/// Converts frames between formats without dithering.
class FormatConverter {
 public:
  FormatConverter(const GstVideoInfo &from, const GstVideoInfo &to);
  BufferPtr convert(GstBuffer *frame);

 private:
  struct Free {
    void operator()(GstVideoConverter *converter) const { gst_video_converter_free(converter); }
  };
  GstVideoInfo from_, to_;
  std::unique_ptr<GstVideoConverter, Free> converter_;
};

/// A frame that comes out of the element hyperlips, and what it was before.
struct LippedFrame {
  GstBuffer *decoded = nullptr;  ///< in the format of VIDEO
  GstBuffer *before = nullptr;   ///< converted to a format of the elements
  GstBuffer *after = nullptr;    ///< the same with new lips
};

/// Frames in the format of the encoder. Where the elements changed nothing, their samples are those
/// of VIDEO, also if the elements do not support its format: more bits, other chroma sampling and
/// transparency stay.
class FrameEncoding {
 public:
  /// decoded: VIDEO; lipped: the elements; encoded: the encoder. All have the same size.
  FrameEncoding(const GstVideoInfo &decoded, const GstVideoInfo &lipped,
                const GstVideoInfo &encoded);
  BufferPtr convert(const LippedFrame &frame);

 private:
  BufferPtr restore(const LippedFrame &frame);

  GstVideoInfo decoded_, lipped_, encoded_;
  std::unique_ptr<FormatConverter> to_decoded_, from_decoded_;
};

}  // namespace hyperlips::redub
