// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/video/video.h>

#include <optional>

#include "hyperlips/video/frame.hpp"

/// Raw video formats that the library can read and write.
#define HYPERLIPS_VIDEO_FORMATS                                                                \
  "{ I420, YV12, NV12, NV21, Y42B, Y444, YUY2, UYVY, RGB, BGR, RGBx, BGRx, xRGB, xBGR, RGBA, " \
  "BGRA, ARGB, ABGR, GRAY8, I420_10LE, P010_10LE, v210 }"

namespace hyperlips {

/// A GstVideoFrame as the library sees it, mapped for as long as this lives.
class MappedFrame {
 public:
  MappedFrame(const GstVideoInfo &info, GstBuffer *buffer, GstMapFlags flags,
              Orientation orientation);
  ~MappedFrame();
  MappedFrame(const MappedFrame &) = delete;
  MappedFrame &operator=(const MappedFrame &) = delete;

  /// False for formats that the library does not know and buffers that cannot be mapped.
  explicit operator bool() const { return mapped_; }
  const FrameView &view() const { return view_; }

 private:
  GstVideoFrame frame_{};
  FrameView view_;
  bool mapped_ = false;
};

/// The orientation that a tag list names; none when it names none.
std::optional<Orientation> orientation_from_tags(const GstTagList *tags);

}  // namespace hyperlips
