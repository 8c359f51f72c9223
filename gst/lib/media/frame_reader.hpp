// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "gst/lib/media/decoder.hpp"
#include "gst/lib/media/deinterlacer.hpp"
#include "gst/lib/media/frame_converter.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// A decoded frame.
struct Frame {
  BufferPtr buffer;
  GstClockTime pts = 0;  ///< on the timeline of the file (MediaFile::time_of())
  GstClockTime duration = 0;
};

/// The frames of a video or picture in order, each with a timestamp and a duration. Interlaced
/// video is deinterlaced.
///
///     FrameReader reader("clip.mp4", cancel, FrameFormats::Library);
///     while (const auto frame = reader.next()) use(frame->buffer.get(), frame->pts);
class FrameReader {
 public:
  /// Throws Error that names the file.
  FrameReader(const MediaSource &source, const Cancel &cancel,
              FrameFormats formats = FrameFormats::Any);

  /// The next frame; none at the end, once it was canceled, or if the file has no picture. Its
  /// duration lasts until the frame after it. Throws Error if the frame size changes within the
  /// file.
  std::optional<Frame> next();

  /// Continues with the frame at `time` or one before it.
  void seek(GstClockTime time);

  /// Frames per second that the file states; 0/1 if they vary or are unknown.
  AVRational rate() const { return rate_; }

  // Valid after next():
  GstCaps *caps() const { return converter_.caps(); }
  /// The transform that makes the frames upright, by the display matrix or EXIF.
  Orientation orientation() const { return orientation_; }
  bool interlaced() const { return interlaced_; }
  /// Whether the first frame has a pixel that is not opaque.
  bool transparent() const { return transparent_; }
  /// Whether the file is a picture, not a video.
  bool still() const { return still_; }

  const MediaFile &file() const { return decoder_.file(); }
  const Track *track() const { return decoder_.track(); }
  /// Decoder::warnings().
  const std::vector<std::string> &warnings() const { return decoder_.warnings(); }

 private:
  AVFrame *pull();
  std::optional<Frame> read();
  void start(const AVFrame &frame);

  Decoder decoder_;
  AVRational rate_;
  FrameConverter converter_;
  std::optional<Deinterlacer> deinterlacer_;
  AvFramePtr whole_;  // of the deinterlacer
  bool draining_ = false;
  std::string size_;  // of the first frame
  Orientation orientation_ = Orientation::Identity;
  bool interlaced_ = false, transparent_ = false, still_ = false;
  GstClockTime nominal_ = 0;  // a frame's duration at the frame rate
  GstClockTime last_ = GST_CLOCK_TIME_NONE;
  std::optional<Frame> ahead_;
  bool started_ = false;
};

}  // namespace hyperlips
