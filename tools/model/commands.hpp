// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "hyperlips/engine/network.hpp"

/// The subcommands of hyperlips-model. Each prints its result to standard output, returns the exit
/// code and throws hyperlips::Error.
namespace hyperlips::tool {

struct InfoOptions {
  std::string file;      ///< checkpoint
  bool json = false;     ///< print JSON instead of text
  bool tensors = false;  ///< list all tensors
};
/// Prints format, architecture, number of parameters and metadata of a checkpoint. A checkpoint of
/// an unknown architecture is not an error. Returns 0.
int info(const InfoOptions &options);

struct ConvertOptions {
  std::string input, output;       ///< checkpoint, safetensors file
  std::string precision = "fp32";  ///< of the weights: fp32, fp16 or bf16
  bool overwrite = false;          ///< replace an existing output
};
/// Converts a checkpoint to safetensors. Returns 0.
int convert(const ConvertOptions &options);

struct RunOptions {
  std::string model, input, output;  ///< checkpoint, safetensors files
  std::string backend = "auto";
  std::string device = "auto";
  std::string precision = "auto";
};
/// Runs a network on the tensors of a file. Returns 0.
int run(const RunOptions &options);

struct CheckOptions {
  std::string model;
  std::string input;  ///< safetensors file; empty: random numbers
  /// [BACKEND/]DEVICE:PRECISION[:FIRST_ROW], as of NetworkOptions.
  std::string a = "cpu:fp32", b = "cpu:bf16";
  int batch = 1;               ///< of random numbers
  int repeat = 5;              ///< runs of each, in turn, for timing
  double mean = 0.5, max = 4;  ///< tolerances in 1/255
};
/// Compares the outputs of a network with two backends, on two devices, in two precisions, or of
/// different rows. Returns 0 if they agree within the tolerances, otherwise 1.
int check(const CheckOptions &options);

}  // namespace hyperlips::tool
