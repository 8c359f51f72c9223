// SPDX-License-Identifier: LGPL-2.1-or-later
// Videos of drawn speakers, and access to the data sets made from them.
#pragma once

#include <cmath>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "common/drawn_face.hpp"
#include "common/test_media.hpp"

namespace hyperlips::test {

inline DrawnFace speaking_face(int index) {
  DrawnFace face;
  face.center = {0.5f + 0.002f * float(std::sin(index * 0.3)), 0.5f};
  face.mouth = float(0.5 - 0.5 * std::cos(index * 0.8));
  return face;
}

/// A clip with sound; `draw` as in ClipSpec.
inline void write_speaker(const TestFolder &folder, const std::string &path, int frames,
                          std::function<cv::Mat(int)> draw = {},
                          const std::vector<Tone> &tones = voice(), ClipSpec spec = {}) {
  spec.frames = frames;
  spec.draw =
      draw ? draw : [](int index) { return draw_face(cv::Size(320, 240), speaking_face(index)); };
  const double fps = double(spec.fps_n) / spec.fps_d;
  spec.wav = folder / "voice.wav";
  write_wav(spec.wav, frames / fps, tones);
  write_clip(path, spec);
}

inline nlohmann::json read_json(const fs::path &path) {
  return nlohmann::json::parse(std::ifstream(path));
}

/// SPEAKER/CLIP of each complete clip.
inline std::set<std::string> clip_folders(const fs::path &output) {
  std::set<std::string> names;
  for (const auto &entry : fs::recursive_directory_iterator(output / "imgs"))
    if (entry.path().filename() == "audio.wav")
      names.insert(fs::relative(entry.path().parent_path(), output / "imgs"));
  return names;
}

}  // namespace hyperlips::test
