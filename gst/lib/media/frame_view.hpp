// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>

#include "hyperlips/video/frame.hpp"

/// Raw video formats that the library reads and writes: the format list of the elements' caps.
#define HYPERLIPS_VIDEO_FORMATS                                                                \
  "{ I420, YV12, NV12, NV21, Y42B, Y444, YUY2, UYVY, RGB, BGR, RGBx, BGRx, xRGB, xBGR, RGBA, " \
  "BGRA, ARGB, ABGR, GRAY8, I420_10LE, P010_10LE, v210 }"

namespace hyperlips {

/// Width of a stored pixel divided by its height; 1 if the caps do not say.
double pixel_aspect(const GstVideoInfo &info);

/// The size and orientation of frames with these caps: a FrameView without memory.
FrameView shape_of(const GstVideoInfo &info, Orientation orientation);

/// A mapped frame as the library's FrameView; nothing if the library does not support its format.
std::optional<FrameView> view_of(const GstVideoFrame &frame, Orientation orientation);

/// A GstBuffer mapped as the library's FrameView, until this object is destroyed.
///
///     const MappedFrame mapped(info, buffer, GST_MAP_READ, orientation);
///     if (mapped) tracker.track(mapped.view(), seconds);
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo &info, GstBuffer *buffer, GstMapFlags flags,
              Orientation orientation);
  ~MappedFrame();
  MappedFrame(const MappedFrame &) = delete;
  MappedFrame &operator=(const MappedFrame &) = delete;

  /// False if the library does not support the format or the buffer cannot be mapped.
  explicit operator bool() const { return mapped_; }
  const FrameView &view() const { return view_; }

 private:
  GstVideoFrame frame_{};
  FrameView view_;
  bool mapped_ = false;
};

/// The tag image-orientation for an orientation.
const char *orientation_tag(Orientation orientation);

/// The orientation in the tag image-orientation, if the list has one.
std::optional<Orientation> orientation_from_tags(const GstTagList *tags);

}  // namespace hyperlips
