// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame_encoding.hpp"

#include <algorithm>

#include "hyperlips/error.hpp"

namespace hyperlips::redub {
namespace {

bool same_format(const GstVideoInfo &a, const GstVideoInfo &b) {
  return GST_VIDEO_INFO_FORMAT(&a) == GST_VIDEO_INFO_FORMAT(&b);
}

/// Bytes of a row of a plane.
std::size_t row_bytes(GstVideoFrame *frame, guint plane) {
  std::size_t bytes = 0;
  for (guint i = 0; i < GST_VIDEO_FRAME_N_COMPONENTS(frame); ++i) {
    if (GST_VIDEO_FRAME_COMP_PLANE(frame, i) != plane) continue;
    bytes = std::max(bytes, std::size_t(GST_VIDEO_FRAME_COMP_WIDTH(frame, i)) *
                                std::size_t(GST_VIDEO_FRAME_COMP_PSTRIDE(frame, i)));
  }
  return bytes;
}

int rows_of(GstVideoFrame *frame, guint plane) {
  for (guint i = 0; i < GST_VIDEO_FRAME_N_COMPONENTS(frame); ++i) {
    if (GST_VIDEO_FRAME_COMP_PLANE(frame, i) == plane) return GST_VIDEO_FRAME_COMP_HEIGHT(frame, i);
  }
  return 0;
}

/// Where `after` equals `before`, it gets the samples of `decoded`.
template <typename Sample>
void take_unchanged(GstVideoFrame *after, GstVideoFrame *before, GstVideoFrame *decoded) {
  for (guint plane = 0; plane < GST_VIDEO_FRAME_N_PLANES(after); ++plane) {
    const std::size_t count = row_bytes(after, plane) / sizeof(Sample);
    const int rows = rows_of(after, plane);
    for (int y = 0; y < rows; ++y) {
      const auto row = [&](GstVideoFrame *frame) {
        auto *data = static_cast<guint8 *>(GST_VIDEO_FRAME_PLANE_DATA(frame, plane));
        return reinterpret_cast<Sample *>(data + y * GST_VIDEO_FRAME_PLANE_STRIDE(frame, plane));
      };
      Sample *to = row(after);
      const Sample *old = row(before), *from = row(decoded);
      for (std::size_t x = 0; x < count; ++x) to[x] = to[x] == old[x] ? from[x] : to[x];
    }
  }
}

}  // namespace

Mapped::Mapped(const GstVideoInfo &info, GstBuffer *buffer, GstMapFlags flags) {
  if (!gst_video_frame_map(&frame_, &info, buffer, flags)) {
    throw Error(ErrorKind::Memory, "Cannot map a frame. Free memory and run again.");
  }
}

FormatConverter::FormatConverter(const GstVideoInfo &from, const GstVideoInfo &to)
    : from_(from), to_(to) {
  to_.fps_n = from.fps_n;  // GStreamer requires the same
  to_.fps_d = from.fps_d;
  converter_.reset(
      gst_video_converter_new(&from_, &to_,
                              gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_DITHER_METHOD,
                                                GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE,
                                                GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT,
                                                g_get_num_processors(), nullptr)));
  if (!converter_) {
    throw Error(ErrorKind::Settings,
                std::string("Cannot convert frames from ") + GST_VIDEO_INFO_NAME(&from) + " to " +
                    GST_VIDEO_INFO_NAME(&to) + ". Convert VIDEO to 4:2:0 first.");
  }
}

BufferPtr FormatConverter::convert(GstBuffer *frame) {
  BufferPtr converted(gst_buffer_new_allocate(nullptr, GST_VIDEO_INFO_SIZE(&to_), nullptr));
  Mapped from(from_, frame, GST_MAP_READ), to(to_, converted.get(), GST_MAP_WRITE);
  gst_video_converter_frame(converter_.get(), from.get(), to.get());
  return converted;
}

FrameEncoding::FrameEncoding(const GstVideoInfo &decoded, const GstVideoInfo &lipped,
                             const GstVideoInfo &encoded)
    : decoded_(decoded), lipped_(lipped), encoded_(encoded) {
  if (!same_format(decoded_, lipped_)) {
    to_decoded_ = std::make_unique<FormatConverter>(lipped_, decoded_);
  }
  if (!same_format(decoded_, encoded_)) {
    from_decoded_ = std::make_unique<FormatConverter>(decoded_, encoded_);
  }
}

/// The frame in the format of VIDEO.
BufferPtr FrameEncoding::restore(const LippedFrame &frame) {
  if (!to_decoded_) return BufferPtr(gst_buffer_ref(frame.after));
  if (gst_buffer_peek_memory(frame.after, 0) == gst_buffer_peek_memory(frame.before, 0)) {
    return BufferPtr(gst_buffer_ref(frame.decoded));
  }
  BufferPtr restored = to_decoded_->convert(frame.after);
  const BufferPtr before = to_decoded_->convert(frame.before);
  Mapped after(decoded_, restored.get(), GST_MAP_READWRITE),
      old(decoded_, before.get(), GST_MAP_READ), decoded(decoded_, frame.decoded, GST_MAP_READ);
  if (GST_VIDEO_INFO_COMP_DEPTH(&decoded_, 0) == 8) {
    take_unchanged<guint8>(after.get(), old.get(), decoded.get());
  } else {
    take_unchanged<guint16>(after.get(), old.get(), decoded.get());
  }
  return restored;
}

BufferPtr FrameEncoding::convert(const LippedFrame &frame) {
  if (same_format(lipped_, encoded_)) return BufferPtr(gst_buffer_ref(frame.after));
  BufferPtr restored = restore(frame);
  return from_decoded_ ? from_decoded_->convert(restored.get()) : std::move(restored);
}

}  // namespace hyperlips::redub
