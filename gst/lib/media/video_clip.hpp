// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <deque>
#include <optional>

#include "gst/lib/media/frame_reader.hpp"

namespace hyperlips {

/// Plays a clip and then continues in a ping-pong loop: backward, forward, backward, ... Backward
/// playback decodes pieces of at most kPieceBytes, so that memory does not grow with the clip.
///
///     VideoClip clip("person.mp4", cancel);
///     clip.start();
///     while (const auto frame = clip.next()) use(*frame);
///     while (more_is_needed()) use(*clip.next_looped());
class VideoClip {
 public:
  static constexpr GstClockTime kPiece = 4 * GST_SECOND;
  static constexpr gsize kPieceBytes = gsize(256) << 20;

  VideoClip(const MediaSource &source, const Cancel &cancel, gsize piece_bytes = kPieceBytes);

  /// Decodes the first frame and returns its timestamp. Throws Error if the file has no frame.
  GstClockTime start();
  GstCaps *caps() const { return reader_.caps(); }
  /// What is lost of the file, once next() has reached its end.
  const std::vector<std::string> &warnings() const { return reader_.warnings(); }

  /// The next frame of the clip; none at its end.
  std::optional<Frame> next();

  /// The following frames of the ping-pong loop; the frames at the turning points are not repeated.
  /// Timestamps are those in the clip. None only after a cancel.
  std::optional<Frame> next_looped();

 private:
  bool read_piece();
  std::optional<Frame> next_backward();
  std::optional<Frame> next_forward();

  FrameReader reader_;
  gsize piece_bytes_;
  std::optional<Frame> first_;                // read by start(), not yet returned
  GstClockTime begin_ = 0;                    // PTS of the first frame
  GstClockTime last_ = 0;                     // PTS of the last frame
  GstClockTime duration_ = 0;                 // of the last frame
  BufferPtr only_;                            // the frame of a clip with a single frame
  bool backward_ = true;                      // current direction of the loop
  GstClockTime limit_ = GST_CLOCK_TIME_NONE;  // backward: frames from here on were returned
  std::deque<Frame> piece_;                   // backward: frames before limit_
  bool at_begin_ = false;                     // forward: the reader was set back to the begin
};

}  // namespace hyperlips
