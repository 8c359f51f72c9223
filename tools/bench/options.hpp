// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyperlips::bench {

/// Command line of hyperlips-bench.
struct Options {
  std::vector<std::string> sections;  ///< names of sections, in the order of the table of sections
  std::string only;                   ///< measure only what has this in its name
  bool all = false;                   ///< also what takes long
  int repeat = 3;                     ///< rounds
  std::filesystem::path json;         ///< JSON file, - for standard output; empty: none
  std::filesystem::path reference;    ///< folder of the published code; empty: not timed
  std::filesystem::path python = "python3";  ///< for the published code
  std::filesystem::path model, hr_model;     ///< checkpoints; empty: weights of a formula
  std::filesystem::path video;               ///< empty: synthetic people
  std::string device = "cpu";
  std::vector<int> batches{1, 8};
  std::vector<int> threads{0};
};

/// The options, or the exit status if there is nothing to measure. `sections`: all names.
struct ParsedOptions {
  Options options;
  std::optional<int> exit_status;
};

ParsedOptions parse_options(int argc, char **argv, const std::vector<std::string> &sections);

}  // namespace hyperlips::bench
