// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/app/gstappsink.h>

#include <atomic>
#include <string>

#include "gst/lib/media/gst_ptr.hpp"

namespace hyperlips {

enum class Orientation;  // video/frame.hpp

/// The name that stands for standard input.
inline constexpr const char *kStdin = "-";

/// Decodes one stream of a file, or of standard input, and hands it out buffer by buffer. The
/// stream is decoded in the reader's own pipeline, a few buffers ahead at most.
class MediaReader {
 public:
  enum class Kind { Video, Audio };

  /// caps: what the stream is converted to; interlaced video is then deinterlaced too. Video
  /// without caps comes as it is decoded, in any raw format. `cancel` ends a wait for data. Throws
  /// Error that names the file.
  MediaReader(std::string path, Kind kind, const std::atomic<bool> &cancel,
              const std::string &caps = {});
  ~MediaReader();
  MediaReader(const MediaReader &) = delete;
  MediaReader &operator=(const MediaReader &) = delete;

  /// The next buffer; null at the end and after a cancel. Throws Error when the file is damaged.
  SamplePtr pull();

  /// What must be done to the pictures to see them upright, by the tags that have arrived so far.
  Orientation orientation() const;

  /// A timestamp's place in the stream (stream time); none if it has none.
  static GstClockTime stream_time(const GstSegment *segment, GstClockTime pts);

  /// The next pull() gives the buffer at `time` or one before it. Files that cannot seek are read
  /// from their start.
  void seek(GstClockTime time);

  /// Waiting for standard input, for as long as that takes.
  bool waits_for_input() const { return waiting_; }
  const std::string &name() const { return name_; }

 private:
  void open();
  void close();
  void check_bus();
  static void all_pads_known(GstElement *decoder, gpointer self);
  static void link_pad(GstElement *decoder, GstPad *pad, gpointer self);
  static gboolean wants(GstElement *decoder, GstPad *pad, GstCaps *caps, gpointer self);

  std::string path_, name_, caps_;
  Kind kind_;
  const std::atomic<bool> &cancel_;
  std::atomic<bool> waiting_ = false;
  std::atomic<bool> absent_ = false;  // the file has no stream of this kind
  ObjectPtr<GstElement> pipeline_;
  GstElement *entry_ = nullptr;
  GstAppSink *sink_ = nullptr;
};

}  // namespace hyperlips
