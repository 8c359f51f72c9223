// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <optional>

#include "gst/lib/media/media_reader.hpp"

namespace hyperlips {

/// A decoded frame with its time in the clip. It is shown until the next one.
struct Frame {
  BufferPtr buffer;
  GstClockTime pts = 0;
  GstClockTime duration = 0;
};

/// The frames of a file in order, each with a time and a duration.
class FrameReader {
 public:
  /// caps: as for MediaReader.
  FrameReader(const std::string &path, const std::atomic<bool> &cancel,
              const std::string &caps = {});

  /// Throws Error when the picture's size or format changes on the way.
  std::optional<Frame> next();

  /// Continues at `time` or before it.
  void seek(GstClockTime time);

  /// Of the frames; known once next() has been called.
  GstCaps *caps() const { return caps_.get(); }
  Orientation orientation() const { return reader_.orientation(); }

 private:
  std::optional<Frame> read();

  MediaReader reader_;
  CapsPtr caps_;
  GstClockTime nominal_ = 0;  // a frame's duration by the caps
  GstClockTime last_ = GST_CLOCK_TIME_NONE;
  std::optional<Frame> ahead_;
  bool started_ = false;
};

/// A clip, and after its end the same clip backwards, forwards and so on for as long as wanted. The
/// way back is decoded in pieces that are cut off at kPieceBytes, so that memory does not grow with
/// the clip.
class VideoClip {
 public:
  static constexpr GstClockTime kPiece = 4 * GST_SECOND;
  static constexpr gsize kPieceBytes = gsize(256) << 20;

  VideoClip(const std::string &path, const std::atomic<bool> &cancel,
            gsize piece_bytes = kPieceBytes);

  /// When the first frame is shown; decodes it. Throws Error if there is none.
  GstClockTime start();
  GstCaps *caps() const { return reader_.caps(); }

  /// The next frame of the clip; none at its end.
  std::optional<Frame> next();

  /// After that: the frames on the way back, forth, ... without showing the turning points twice.
  /// Their times are those in the clip. None only when reading was cancelled.
  std::optional<Frame> next_looped();

 private:
  bool read_piece();
  std::optional<Frame> next_back();
  std::optional<Frame> next_forth();

  std::string path_;
  FrameReader reader_;
  gsize piece_bytes_;
  std::optional<Frame> first_;                // read by start(), not yet handed out
  GstClockTime begin_ = 0;                    // of the first frame
  GstClockTime last_ = 0;                     // of the last frame
  GstClockTime duration_ = 0;                 // of the last frame
  BufferPtr only_;                            // the frame of a clip that has but one
  bool back_ = true;                          // the direction, and in it:
  GstClockTime limit_ = GST_CLOCK_TIME_NONE;  // frames from here on were shown
  std::deque<Frame> piece_;
  bool sought_ = false;
};

}  // namespace hyperlips
