// SPDX-License-Identifier: LGPL-2.1-or-later
// Media with a drawn face and tones, and a look at what is in a file.
#pragma once

#include <gst/gst.h>

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace hyperlips::test {

namespace fs = std::filesystem;

/// A folder that goes with the test.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder &) = delete;
  TestFolder &operator=(const TestFolder &) = delete;
  std::string operator/(const std::string &name) const { return (path_ / name).string(); }
  /// Names of the files in it that start with `prefix`.
  std::vector<std::string> names(const std::string &prefix) const;

 private:
  fs::path path_;
};

/// A sine tone of a time; amplitude 0..1.
struct Tone {
  double hertz = 1000, amplitude = 0.5, from = 0, to = 1e9;
};

/// 16-bit WAV with one channel, of samples of -1 ... 1.
void write_wav(const std::string &path, std::span<const float> samples, int rate);
/// The same of tones.
void write_wav(const std::string &path, double seconds, const std::vector<Tone> &tones,
               int rate = 44100);

/// Tones that count as speech: harmonics over all mel bands.
std::vector<Tone> voice(double from = 0, double to = 1e9);

/// A video of the drawn face.
struct ClipSpec {
  int width = 240, height = 180;  ///< of the drawn face's frames; others have those of `draw`
  int fps_n = 25, fps_d = 1;      ///< 0/1: variable, times in pts
  int frames = 25;
  std::vector<GstClockTime> pts;  ///< of the frames; empty: by frame rate
  float face_rotation = 0;        ///< degrees clockwise
  bool face = true;
  /// Each frame carries its index as eight black or white squares in the top row, from the most
  /// significant bit on.
  bool numbered = true;
  std::function<cv::Mat(int index)> draw;  ///< a frame's picture (BGR); none: the drawn face
  std::string format = "I420";             ///< that the encoder gets
  std::string encoder =
      "x264enc speed-preset=ultrafast key-int-max=10 quantizer=10 pass=qual ! h264parse";
  std::string muxer = "mp4mux";
  std::string tags;  ///< taginject's
  std::string wav;   ///< sound to add; empty: none
  std::string audio_encoder = "avenc_aac";
};
void write_clip(const std::string &path, const ClipSpec &spec);

/// Marks an MP4 or QuickTime file as to be shown turned by 90 degrees clockwise, as telephones do:
/// in the matrix of its track headers (ISO/IEC 14496-12, 8.3.2).
void turn_clip(const std::string &path);

/// The index that a frame carries, from its luma plane.
int index_of(const guint8 *luma, int stride);

/// A PNG of the drawn face.
void write_still(const std::string &path, int width = 240, int height = 180);

/// What is in a file.
struct Contents {
  int width = 0, height = 0, fps_n = 0, fps_d = 1;
  std::string format;                      ///< raw format of the frames
  std::vector<GstClockTime> pts;           ///< of each frame, stream time
  std::vector<int> indices;                ///< read from each frame
  double video_end = 0;                    ///< seconds
  double sound_start = -1, sound_end = 0;  ///< seconds
  std::vector<float> sound;                ///< 48 kHz mono, from time 0
  std::string comment, title, orientation;

  /// When the sound first reaches `level`, in seconds; -1 for never.
  double onset(float level) const;
  /// Amplitude of a tone between two times.
  double amplitude(double hertz, double from, double to) const;
};
Contents read_contents(const std::string &path);

}  // namespace hyperlips::test
