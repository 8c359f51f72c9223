// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "gst/lib/media/gst_ptr.hpp"
#include "gst/lib/media/media_source.hpp"

namespace hyperlips {

enum class TrackKind { Video, Audio, Subtitle, Other };

/// A stream of a file.
struct Track {
  int stream = -1;  ///< index in the container
  int number = 0;   ///< among the tracks of its kind, from 1
  TrackKind kind = TrackKind::Other;
  std::string codec;        ///< FFmpeg's name, as "h264"
  std::string language;     ///< ISO 639-2 code; empty if unknown
  std::string title;        ///< name of the track
  bool is_default = false;  ///< to be played unless the user chooses another
  bool is_cover = false;    ///< a cover picture or thumbnail, not a film
};

struct Chapter {
  GstClockTime start = 0, end = 0;  ///< on the timeline of the file
  std::string title;
};

/// What a file contains, and the tracks of it that are read.
struct MediaInfo {
  std::string path;                             ///< for messages
  GstClockTime duration = GST_CLOCK_TIME_NONE;  ///< by the container; none if unknown
  GstClockTime start = 0;                       ///< of the first track, on the timeline of the file
  std::vector<Track> tracks;                    ///< in the order of the container
  std::vector<Chapter> chapters;

  bool has_video = false;
  int video_stream = -1;    ///< Track::stream of the picture
  std::string video_error;  ///< why the picture cannot be decoded; empty if it can
  bool still = false;       ///< a picture, not a video
  unsigned width = 0, height = 0;
  int fps_n = 0, fps_d = 1;              ///< 0/1: unknown or variable
  std::string orientation = "rotate-0";  ///< a value of GST_TAG_IMAGE_ORIENTATION
  bool interlaced = false;               ///< the readers deinterlace it
  bool alpha = false;                    ///< at least one pixel of the first frame is transparent
  CapsPtr video_caps;                    ///< of the frames that FrameReader returns
  std::string video_codec;               ///< FFmpeg's name

  bool has_audio = false;
  int audio_stream = -1;  ///< Track::stream of the sound
  int rate = 0, channels = 0;
  int depth = 0;              ///< bits per sample
  std::string layout_change;  ///< "2.1 to 3.0" if sound_layout() has no such channels
  std::string audio_codec;
  std::string language;  ///< of the sound; ISO 639-2 code, empty if unknown

  double fps() const { return fps_n > 0 ? double(fps_n) / fps_d : 0; }
};

/// Which track of each kind to read; 0: the default one.
struct TrackChoice {
  int video = 0, audio = 0;
};

/// Examines a file and decodes its first frames. Throws Error{NotFound}, or Error{Format} that says
/// what the file is and what to do if it cannot be read. A track that cannot be decoded is no
/// exception but part of the result, because it may not be needed.
MediaInfo examine(const MediaSource &source, const TrackChoice &choice, const Cancel &cancel);

}  // namespace hyperlips
