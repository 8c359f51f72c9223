// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/app/gstappsink.h>

#include <atomic>
#include <string>

#include "gst/lib/media/gst_ptr.hpp"

namespace hyperlips {

enum class Orientation;  // video/frame.hpp

/// The path that stands for standard input.
inline constexpr const char *kStdin = "-";

/// Decodes one stream of a file, or of standard input, buffer by buffer. The reader's own pipeline
/// decodes at most a few buffers ahead.
///
///     std::atomic<bool> cancel = false;
///     MediaReader reader("clip.mp4", MediaReader::Kind::Video, cancel, "video/x-raw,format=BGR");
///     while (const SamplePtr sample = reader.pull()) use(gst_sample_get_buffer(sample.get()));
///
/// Most callers want FrameReader or VideoClip (video_clip.hpp) or SoundReader (sound_reader.hpp).
class MediaReader {
 public:
  enum class Kind { Video, Audio };

  /// caps: format to convert to; interlaced video is then also deinterlaced. If empty, video comes
  /// in the raw format that the decoder chose. `cancel` ends a wait for data. Throws Error that
  /// names the file.
  MediaReader(std::string path, Kind kind, const std::atomic<bool> &cancel,
              const std::string &caps = {});
  ~MediaReader();
  MediaReader(const MediaReader &) = delete;
  MediaReader &operator=(const MediaReader &) = delete;

  /// The next buffer; null at the end or once `cancel` is set. Throws Error if the file is damaged.
  SamplePtr pull();

  /// The transform that makes the pictures upright, from the tags received so far.
  Orientation orientation() const;

  /// Stream time of a timestamp; GST_CLOCK_TIME_NONE if it has none.
  static GstClockTime stream_time(const GstSegment *segment, GstClockTime pts);

  /// The next pull() returns the buffer at `time` or one before it. Files that are not seekable are
  /// read again from their start.
  void seek(GstClockTime time);

  /// Whether pull() is waiting for data on standard input.
  bool waits_for_input() const { return waiting_; }
  const std::string &name() const { return name_; }

 private:
  void open();
  void close();
  GstElement *add(const char *factory);
  void check_bus();
  static void no_more_pads(GstElement *decoder, gpointer self);
  static void pad_added(GstElement *decoder, GstPad *pad, gpointer self);
  static gboolean autoplug_continue(GstElement *decoder, GstPad *pad, GstCaps *caps, gpointer self);

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
