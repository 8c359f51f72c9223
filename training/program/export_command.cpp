// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "error.hpp"
#include "model/convert.hpp"
#include "model/registry.hpp"
#include "training/program/commands.hpp"
#include "training/program/run_options.hpp"
#include "training/run/training_checkpoint.hpp"
#include "training/run/starting_weights.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  std::filesystem::path checkpoint, output;
  std::string precision = "fp16", data_set, licence;
  bool overwrite = false;
};

int run(const Options &options) {
  if (!options.overwrite && std::filesystem::exists(options.output)) {
    throw Error(ErrorKind::Settings,
                options.output.string() + " exists already; add --overwrite to replace it.");
  }
  const TrainingCheckpoint checkpoint = read_training_checkpoint(options.checkpoint);
  TensorFile weights = starting_weights(options.checkpoint);
  weights.path = options.checkpoint;
  const std::string architecture = identify(weights).name;
  std::map<std::string, std::string> metadata{
      {"format", "pt"}, {"architecture", architecture}, {"steps", std::to_string(checkpoint.step)}};
  if (!options.data_set.empty()) metadata["data_set"] = options.data_set;
  if (!options.licence.empty()) metadata["licence"] = options.licence;
  if (checkpoint.info.contains("measures"))
    metadata["measures"] = checkpoint.info["measures"].dump();
  const DType type = options.precision == "fp16"   ? DType::F16
                     : options.precision == "bf16" ? DType::BF16
                                                   : DType::F32;
  write_converted(options.output, weights, type, metadata);
  std::printf("%s: %s after %lld steps, %s\n", options.output.c_str(), architecture.c_str(),
              (long long)checkpoint.step, options.precision.c_str());
  return 0;
}

}  // namespace

void add_export(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  CLI::App *app =
      program.add_subcommand("export", "Write a training checkpoint's weights for the elements");
  app->add_option("CHECKPOINT", options->checkpoint, "of a training run, or a published .pth")
      ->required();
  app->add_option("OUT", options->output, "the .safetensors file to write")->required();
  app->add_option("--precision", options->precision, "of the weights; norms and biases stay fp32")
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}))
      ->capture_default_str();
  app->add_option("--data-set", options->data_set, "name of the data set, for the file's metadata");
  app->add_option("--licence", options->licence, "of the weights, for the file's metadata");
  app->add_flag("--overwrite", options->overwrite, "replace an existing OUT");
  app->callback([options, &command] { command = [options] { return run(*options); }; });
}

}  // namespace hyperlips::training
