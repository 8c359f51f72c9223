// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace hyperlips::redub {

/// Which input decides where the output ends.
enum class Length {
  Speech,   ///< exactly the speech; the video runs forth and back where it is too short
  Video,    ///< exactly the video; speech behind its end is cut
  Longest,  ///< nothing is cut: forth and back under longer speech, else an untouched tail
};

struct Options {
  bool demo = false;  ///< no files were named: a synthetic talking head serves
  std::filesystem::path video;
  std::string speech;  ///< a file, or kStdin
  std::filesystem::path output;

  std::string model;
  int starter_steps = 800;  ///< of training, where the demonstration has no model
  std::string hr_model;
  int size = 0;  ///< pixels of the generated face; 0: what the models give
  std::string device = "auto";
  std::string precision = "auto";
  unsigned batch = 0;  ///< 0: chosen by the elements

  std::string face = "largest";  ///< a value of facecrop's face-select
  unsigned face_index = 0;
  double min_confidence = 0.5;
  std::string smoothing = "auto";
  std::string reference;
  std::string silence = "model";
  double strength = 1;
  std::optional<double> feather;
  bool color_match = true;

  Length length = Length::Longest;
  std::optional<double> keep_audio;  ///< linear gain of the original sound
  double fps = 25;                   ///< of a still picture

  std::string video_codec;  ///< empty: by container
  std::string audio_codec;
  int quality = 80;
  bool lossless = false;

  bool overwrite = false;
  bool label = true;
  std::string json;  ///< a file, "-" for standard output, empty for none
  bool quiet = false;
  int verbose = 0;
};

/// Reads the command line. An exit status instead of options when there is nothing to do any more:
/// 0 after --help and --version, 2 after an error, both of which have been printed.
struct ParsedOptions {
  Options options;
  std::optional<int> exit_status;
};
ParsedOptions parse_options(int argc, char **argv);

}  // namespace hyperlips::redub
