// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "gst/lib/media/av_ptr.hpp"
#include "gst/lib/media/media_info.hpp"

namespace hyperlips {

/// A media file that FFmpeg's libavformat has opened: its tracks, and their packets in the order of
/// the file.
///
///     MediaFile file("clip.mkv", cancel);
///     while (file.read(*packet))
///       if (packet->stream_index == track.stream) use(*packet);
class MediaFile {
 public:
  /// Throws Error{NotFound}, or Error{Format} that says what the file is and what to do if it
  /// cannot be read. Files that refer to other files, such as playlists, are refused.
  MediaFile(const MediaSource &source, const Cancel &cancel);
  MediaFile(const MediaFile &) = delete;
  MediaFile &operator=(const MediaFile &) = delete;

  const MediaSource &source() const { return source_; }
  AVFormatContext *context() const { return format_.get(); }
  AVStream *stream(int index) const { return format_->streams[index]; }
  const std::vector<Track> &tracks() const { return tracks_; }

  /// The track of this kind with this number, for 0 the one that players choose; null if there is
  /// none. Throws Error{Settings} for a number that the file does not have.
  const Track *choose(TrackKind kind, int number) const;

  /// The next packet; false at the end, or once it was canceled. Throws Error if reading fails.
  bool read(AVPacket &packet);

  /// read() continues with the packet of the stream at `time` or one before it, as far as the file
  /// allows. False if seeking in the file is not possible.
  bool seek(int stream, GstClockTime time);

  /// A time of the stream on the timeline that players show, in nanoseconds: that of the container,
  /// or, where containers have no zero of their own (MPEG, OGG, MP3), the time since their start.
  /// Negative before it; AV_NOPTS_VALUE for AV_NOPTS_VALUE.
  std::int64_t time_of(int stream, std::int64_t timestamp) const;
  /// The reverse, without the correction of edit lists.
  std::int64_t timestamp_of(int stream, GstClockTime time) const;

  /// What a track lacks by the header of the file, once read() has reached the end: the file ends
  /// early, or it is several files in one, of which the first was read.
  std::vector<std::string> missing(int stream) const;

  /// When the first track starts, in nanoseconds.
  std::int64_t start() const;
  /// Its length by the container in nanoseconds; AV_NOPTS_VALUE if that is unknown or a guess.
  std::int64_t duration() const;

  bool canceled() const { return bool(cancel_); }
  bool waits_for_input() const { return bytes_.waiting(); }

 private:
  void open();
  FormatPtr open_context(const AVInputFormat &type, bool edits, int &error);
  void correct_edits(AVFormatContext &plain);
  void add_tracks();
  std::string unreadable(int error) const;

  MediaSource source_;
  Cancel cancel_;
  ByteReader bytes_;
  IoPtr io_;
  FormatPtr format_;
  std::vector<Track> tracks_;
  std::int64_t origin_ = 0;         // of the timeline, nanoseconds
  bool own_zero_ = false;           // the container has a zero of its own
  std::vector<std::int64_t> late_;  // correction of the times of each stream, in its units
  std::int64_t packets_end_ = 0;    // bytes: position behind the packets that were read
  std::vector<std::int64_t> ends_;  // nanoseconds: latest end of a packet of each stream
};

}  // namespace hyperlips
