// SPDX-License-Identifier: LGPL-2.1-or-later
// Writes media files with a drawn face and tones, and reads them back.
#pragma once

#include <gst/gst.h>

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "common/temporary_folder.hpp"

namespace hyperlips::test {

namespace fs = std::filesystem;

/// A TemporaryFolder whose paths are strings.
class TestFolder {
 public:
  std::string operator/(const std::string &name) const { return (folder_ / name).string(); }
  /// Names of the files in it that start with `prefix`.
  std::vector<std::string> names(const std::string &prefix) const;

 private:
  TemporaryFolder folder_;
};

/// A sine tone.
struct Tone {
  double hertz = 1000;
  double amplitude = 0.5;     ///< 0 ... 1
  double from = 0, to = 1e9;  ///< seconds
};

/// Writes a mono 16-bit WAV file; samples are in -1 ... 1.
void write_wav(const std::string &path, std::span<const float> samples, int rate);
/// Writes a WAV file with the sum of tones.
void write_wav(const std::string &path, double seconds, const std::vector<Tone> &tones,
               int rate = 44100);

/// Tones that are detected as speech: harmonics in all mel bands.
std::vector<Tone> voice(double from = 0, double to = 1e9);

/// A video of the drawn face (common/drawn_face.hpp), or of any pictures.
struct ClipSpec {
  int width = 240, height = 180;  ///< in pixels; ignored with `draw`
  int fps_n = 25, fps_d = 1;      ///< 0/1: variable, with timestamps in pts
  int frames = 25;
  std::vector<GstClockTime> pts;  ///< timestamps of the frames; empty: by frame rate
  float face_rotation = 0;        ///< degrees clockwise
  bool face = true;
  /// Whether each frame shows its index as eight black or white squares in the top row, starting
  /// with the most significant bit.
  bool numbered = true;
  std::function<cv::Mat(int index)> draw;  ///< picture of a frame (BGR); none: the drawn face
  std::string format = "I420";             ///< input format of the encoder
  std::string encoder =
      "x264enc speed-preset=ultrafast key-int-max=10 quantizer=10 pass=qual ! h264parse";
  std::string muxer = "mp4mux";
  std::string tags;  ///< for taginject
  std::string wav;   ///< path of a WAV file for an audio stream; empty: none
  std::string audio_encoder = "avenc_aac";
};
void write_clip(const std::string &path, const ClipSpec &spec);

/// Sets the rotation of an MP4 or QuickTime file to 90 degrees clockwise, as phones do, in the
/// matrix of its track headers (ISO/IEC 14496-12, 8.3.2).
void turn_clip(const std::string &path);

/// The index shown in a frame, read from its luma plane.
int index_of(const guint8 *luma, int stride);

/// Writes a PNG of the drawn face.
void write_still(const std::string &path, int width = 240, int height = 180);

/// Content of a media file.
struct Contents {
  int width = 0, height = 0, fps_n = 0, fps_d = 1;
  std::string format;                      ///< raw format of the frames
  std::vector<GstClockTime> pts;           ///< stream time of each frame
  std::vector<int> indices;                ///< read from each frame
  double video_end = 0;                    ///< seconds
  double sound_start = -1, sound_end = 0;  ///< seconds
  std::vector<float> sound;                ///< 48 kHz mono, from time 0
  std::string comment, title, orientation;

  /// Time at which the audio first reaches `level`, in seconds; -1 if it does not.
  double onset(float level) const;
  /// Amplitude of a tone between two times in seconds.
  double amplitude(double hertz, double from, double to) const;
};
/// Reads a media file.
Contents read_contents(const std::string &path);

}  // namespace hyperlips::test
