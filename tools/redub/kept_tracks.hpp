// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>

#include "gst/lib/media/media_file.hpp"
#include "encoders.hpp"
#include "options.hpp"
#include "output_format.hpp"

namespace hyperlips::redub {

/// What goes from VIDEO to OUT beside the picture, as far as the container of OUT holds it: tags,
/// chapters, subtitles, fonts and other attachments, cover pictures, light levels of HDR. Subtitles
/// that are text are converted where the container holds other ones.
class KeptTracks {
 public:
  /// source: VIDEO. origin: time of it that becomes time 0 of OUT. end: that of OUT, none if
  /// unknown.
  KeptTracks(const Options &options, const OutputFormat &format, const MediaInfo &video,
             const MediaSource &source, GstClockTime origin, GstClockTime end,
             const Cancel &cancel);

  /// What VIDEO states of its picture.
  Color video_color() const;

  /// Adds streams, chapters and tags to an output before its header is written. `video`: its
  /// picture.
  void add_to(AVFormatContext &output, AVStream &video);

  using Write = std::function<void(AVPacket &packet, const AVStream &stream)>;
  /// Writes the packets that begin before `end` (nanoseconds in OUT).
  void write_until(std::int64_t end, const Write &write);

  /// What of VIDEO the container of OUT does not hold.
  const std::vector<std::string> &lost() const { return lost_; }
  std::size_t subtitles() const { return subtitles_; }
  std::size_t chapters() const { return chapters_; }

 private:
  struct Copy {
    AVStream *from = nullptr, *to = nullptr;
    CodecPtr decoder, encoder;  ///< of subtitles that are converted
  };

  void add_tags(AVFormatContext &output) const;
  void add_chapters(AVFormatContext &output);
  void add_chapter(AVFormatContext &output, std::int64_t start, std::int64_t end,
                   const std::string &title);
  void add_track(AVFormatContext &output, const Track &track);
  bool open_conversion(Copy &copy, AVCodecID target) const;
  bool convert(const Copy &copy, AVPacket &packet) const;
  bool read();

  const Options &options_;
  const OutputFormat &format_;
  const MediaInfo &video_;
  std::int64_t origin_;
  GstClockTime end_;
  MediaFile file_;
  std::vector<Copy> copies_;
  std::vector<const Copy *> covers_;
  PacketPtr packet_;                        // read, not yet written
  std::int64_t time_ = 0;                   // of it in OUT, nanoseconds
  std::vector<Copy>::const_iterator copy_;  // that it belongs to
  bool waiting_ = false, ended_ = false;
  std::size_t subtitles_ = 0, chapters_ = 0;
  std::vector<std::string> lost_;
};

}  // namespace hyperlips::redub
