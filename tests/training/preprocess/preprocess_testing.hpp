// SPDX-License-Identifier: LGPL-2.1-or-later
// Videos of drawn people who seem to speak.
#pragma once

#include <cmath>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "common/drawn_face.hpp"
#include "common/test_media.hpp"

namespace hyperlips::test {

/// Tones that count as speech: harmonics over all mel bands.
inline const std::vector<Tone> kVoice = [] {
  std::vector<Tone> tones;
  for (int i = 1; i <= 50; ++i) tones.push_back({150.0 * i, 0.02});
  return tones;
}();

inline DrawnFace speaking_face(int index) {
  DrawnFace face;
  face.centre = {0.5f + 0.002f * float(std::sin(index * 0.3)), 0.5f};
  face.mouth = float(0.5 - 0.5 * std::cos(index * 0.8));
  return face;
}

/// A clip with sound; `draw` as in ClipSpec.
inline void write_speaker(const TestFolder &folder, const std::string &path, int frames,
                          std::function<cv::Mat(int)> draw = {},
                          const std::vector<Tone> &tones = kVoice, ClipSpec spec = {}) {
  spec.width = 320;
  spec.height = 240;
  spec.frames = frames;
  spec.draw =
      draw ? draw : [](int index) { return draw_face(cv::Size(320, 240), speaking_face(index)); };
  const double fps = double(spec.fps_n) / spec.fps_d;
  spec.wav = folder / "voice.wav";
  write_wav(spec.wav, frames / fps, tones);
  write_clip(path, spec);
}

/// Marks an MP4 file as to be shown turned by 90 degrees clockwise, as telephones do: in the matrix
/// of its track headers (ISO/IEC 14496-12, 8.3.2).
inline void turn_mp4(const std::string &path) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const std::string matrix("\0\0\0\0\0\1\0\0\0\0\0\0\xff\xff\0\0\0\0\0\0", 20);
  file.clear();
  for (auto at = bytes.find("tkhd"); at != std::string::npos; at = bytes.find("tkhd", at + 1))
    file.seekp(std::streamoff(at) + 44).write(matrix.data(), std::streamsize(matrix.size()));
}

}  // namespace hyperlips::test
