// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

namespace hyperlips::redub {

/// What the muxer of GStreamer 1.22 leaves out of an MP4 or QuickTime file (ISO 14496-12).
struct Mp4Finish {
  int rotation = 0;  ///< degrees clockwise that a player turns the picture by; 0, 90, 180, 270
  int width = 0, height = 0;
  double video_seconds = 0;  ///< from the first frame to the end of the last; 0: as written
  double audio_seconds = 0;  ///< of sound that is heard; 0: as written
  int audio_delay = 0;       ///< samples of the encoder's delay at the start of the sound
};

/// Enters them in the file's movie box: the video track's matrix, and edit lists that
/// skip the encoder's delay and end where the last frame and the sound do. Samples that GStreamer
/// would then take to be behind the end are decoded a little earlier.
/// Throws Error when the file is not as the muxer writes it.
void finish_mp4(const std::filesystem::path &path, const Mp4Finish &finish);

}  // namespace hyperlips::redub
