// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>

#include "gst/lib/media/media_file.hpp"

namespace hyperlips {

/// Decodes one track of a file with FFmpeg's libavcodec. Frames and samples that an edit list or an
/// encoder's delay hides are left out.
///
///     Decoder decoder("clip.mp4", TrackKind::Video, cancel);
///     while (AVFrame *frame = decoder.next()) use(*frame, decoder.time_of(*frame));
class Decoder {
 public:
  /// Throws Error that names the file, also if the track is encrypted or has no decoder.
  Decoder(const MediaSource &source, TrackKind kind, const Cancel &cancel);

  /// The track; null if the file has none of this kind. Then next() returns no frame.
  const Track *track() const { return track_ ? &*track_ : nullptr; }
  const MediaFile &file() const { return *file_; }
  /// Valid if there is a track.
  AVStream *stream() const { return file_->stream(track_->stream); }

  /// The next frame, valid until the next call; null at the end or once it was canceled. Its pts
  /// is in units of the track; where a file states none, or its times jump, it follows the frame
  /// before.
  AVFrame *next();

  /// MediaFile::time_of() the pts of a frame.
  std::int64_t time_of(const AVFrame &frame) const {
    return file_->time_of(track_->stream, frame.pts);
  }

  /// next() continues with the frame at `time` or one before it. Files in which seeking is not
  /// possible are read again from their start.
  void seek(GstClockTime time);

  /// What is lost of the track, once it was read from its start to its end: damaged packets, a
  /// missing end.
  const std::vector<std::string> &warnings() const { return warnings_; }

 private:
  void open();
  bool send_packet();
  std::int64_t length_of(AVFrame &frame) const;
  std::int64_t in_order(std::int64_t time);
  void place();
  void find_losses();

  MediaSource source_;
  TrackKind kind_;
  Cancel cancel_;
  std::unique_ptr<MediaFile> file_;
  std::optional<Track> track_;  // a copy: further tracks may appear while the file is read
  CodecPtr codec_;
  PacketPtr packet_;
  AvFramePtr frame_;
  bool draining_ = false;
  bool complete_ = true;  // everything so far was read in order
  bool timed_ = false;    // the file states the times of some frames
  std::uint64_t packets_ = 0, damaged_ = 0;
  std::vector<std::string> warnings_;
  std::int64_t sound_end_ = AV_NOPTS_VALUE;  // of the track, in its units
  std::int64_t begin_ = AV_NOPTS_VALUE;      // of a first frame without a time
  std::int64_t end_ = AV_NOPTS_VALUE;        // of the last frame, in units of the track
  std::int64_t shift_ = 0;                   // of jumps
  std::int64_t first_dts_ = AV_NOPTS_VALUE;
  std::optional<std::int64_t> delay_;  // that is taken off all times; known with the first frame
};

}  // namespace hyperlips
