// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

namespace hyperlips::redub {

/// What to write to the header of an MP4 or QuickTime file (ISO/IEC 14496-12).
struct Mp4Finish {
  int rotation = 0;           ///< degrees clockwise that a player rotates by: 0, 90, 180 or 270
  int width = 0, height = 0;  ///< pixels of the stored picture
  double video_seconds = 0;   ///< first frame to end of the last; 0: as written
  double audio_seconds = 0;   ///< duration of the audible sound; 0: as written
  int audio_delay = 0;        ///< delay of the audio encoder in samples
};

/// Works around mp4mux, qtmux and qtdemux, as of GStreamer 1.22 (Debian 12):
/// - Rotation: the muxer of 1.22 ignores GST_TAG_IMAGE_ORIENTATION; that of 1.24.13 and of 1.26 and
///   newer writes the matrix of the track header, without moving the rotated picture back to the
///   origin. This function writes all of the matrix.
/// - Encoder delay and exact ends: the muxer (still in 1.28.6) ignores GstAudioClippingMeta and
///   ends each edit list with the last encoded block. This function makes the edit list skip the
///   delay and end with the last frame and sample.
/// - Frames that are decoded late: the demuxer (still in 1.28.6) ends a track at the first sample
///   whose decoding time reaches the end of the edit list, even if frames are still to be shown.
///   This function moves such decoding times forward; presentation times stay.
///
/// Values are set, not added to, except the delay: a muxer that writes the delay itself would get
/// it twice, which RedubTest.SyncInEveryContainer finds. To drop a part, check that the test redub
/// passes without it in all supported versions (also RedubTest.RotatedVideo and
/// RedubTest.ShortFramesAfterLongOnes).
/// Throws Error if the file is laid out in another way than these muxers do: one edit list for each
/// track and, where decoding times move, moov after mdat.
void finish_mp4(const std::filesystem::path &path, const Mp4Finish &finish);

}  // namespace hyperlips::redub
