// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "hyperlips/engine/network.hpp"

/// The subcommands of hyperlips-model. Each prints to standard output, throws hyperlips::Error, and
/// returns the exit code.
namespace hyperlips::tool {

struct InfoOptions {
  std::string file;
  bool json = false;
  bool tensors = false;
};
int info(const InfoOptions &options);

struct ConvertOptions {
  std::string input, output;
  std::string precision = "fp32";
  bool overwrite = false;
};
int convert(const ConvertOptions &options);

struct RunOptions {
  std::string model, input, output;
  std::string device = "auto";
  std::string precision = "auto";
};
int run(const RunOptions &options);

struct CheckOptions {
  std::string model;
  std::string input;  ///< empty: made-up numbers
  std::string a = "cpu:fp32", b = "cpu:bf16";
  int batch = 1;  ///< of made-up numbers
  int repeat = 5;
  double mean = 0.5, max = 4;  ///< tolerances in 1/255
};
int check(const CheckOptions &options);

}  // namespace hyperlips::tool
