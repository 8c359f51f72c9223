// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyperlips::redub {

/// Which input determines the length of the output.
enum class Length {
  Speech,   ///< the speech; a shorter video ping-pongs
  Video,    ///< the video; longer speech is cut
  Longest,  ///< nothing is cut: a shorter video ping-pongs, a longer one ends with its own mouths
};

/// The command line. See --help for the meaning of each option.
struct Options {
  bool demo = false;  ///< no files were given: re-dub a synthetic talking head
  std::filesystem::path video;
  std::string speech;  ///< a file, or kStdin
  std::filesystem::path output;

  std::string model;                           ///< empty: the person's own mouths
  std::vector<std::filesystem::path> footage;  ///< of the person; empty: VIDEO
  std::string offset = "auto";                 ///< frames by which the sound of the footage is late
  std::string hr_model;
  int size = 0;  ///< pixels of the generated face; 0: the size that the models generate
  std::string backend = "auto";
  std::string device = "auto";
  std::string precision = "auto";
  unsigned threads = 0;  ///< that compute the networks on a CPU; 0: one per core
  unsigned batch = 0;    ///< frames; 0: chosen by the elements

  std::string face = "largest";  ///< value of the property face-select of hyperlipsfacecrop
  unsigned face_index = 0;
  double min_confidence = 0.5;
  std::string smoothing = "auto";
  std::string reference;
  std::string silence = "model";
  double strength = 1;
  std::optional<double> feather;
  bool color_match = true;

  int video_track = 0;  ///< of VIDEO, from 1; 0: the default one
  int audio_track = 0;  ///< of SPEECH, from 1; 0: the default one
  Length length = Length::Longest;
  std::optional<double> keep_audio;  ///< linear gain of VIDEO's own sound
  double fps = 25;                   ///< frame rate for a still picture

  std::string video_codec;  ///< empty: the default of the container
  std::string audio_codec;
  int quality = 80;
  bool lossless = false;
  bool keep_format = false;  ///< pixel format of VIDEO instead of 8 bit 4:2:0

  bool overwrite = false;
  bool label = true;
  std::string json;  ///< a file, "-" for standard output, empty for none
  bool quiet = false;
  bool verbose = false;
};

/// The parsed command line, or an exit status if the program is done: 0 after --help and --version,
/// 2 after an error. What they say was printed.
struct ParsedOptions {
  Options options;
  std::optional<int> exit_status;
};
ParsedOptions parse_options(int argc, char **argv);

}  // namespace hyperlips::redub
