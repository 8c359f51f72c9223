// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <fstream>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/model/convert.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/weights_output.hpp"
#include "training/run/starting_weights.hpp"
#include "training/run/training_checkpoint.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  std::filesystem::path checkpoint, output, measures;
  std::string network, precision = "fp16", data_set, licence;
  bool overwrite = false;
};

/// Side of the faces that a network makes or judges; empty for one that takes any.
std::string face_size(const std::string &architecture) {
  const std::size_t scale = architecture.find(" x");
  if (scale != std::string::npos)
    return std::to_string(kCropSize * std::stoi(architecture.substr(scale + 2)));
  if (architecture == "SyncNet_color 96") return "96";
  if (architecture == "HRDecoder_disc_qual") return "";
  return std::to_string(kCropSize);
}

nlohmann::json read_measures(const std::filesystem::path &path) {
  std::ifstream file(path);
  if (!file) throw Error(ErrorKind::NotFound, "Cannot open " + quote_path(path) + ".");
  nlohmann::json measures = nlohmann::json::parse(file, nullptr, false);
  if (!measures.is_object())
    throw Error(ErrorKind::Format,
                quote_path(path) + " is not what \"hyperlips-train evaluate --json\" writes.");
  return measures;
}

std::map<std::string, std::string> metadata(const Options &options, const CheckpointState &state,
                                            const std::string &architecture) {
  nlohmann::json measures = nlohmann::json::object();
  if (state.info.contains("best")) measures["least_validation_loss"] = state.info["best"];
  if (!options.measures.empty()) measures["evaluation"] = read_measures(options.measures);
  std::map<std::string, std::string> all{
      {"format", "pt"},
      {"architecture", architecture},
      {"size", face_size(architecture)},
      {"steps", std::to_string(state.step)},
      {"data_set", options.data_set},
      {"licence", options.licence},
      {"measures", measures.empty() ? std::string() : measures.dump()}};
  std::erase_if(all, [](const auto &entry) { return entry.second.empty(); });
  return all;
}

int run(const Options &options) {
  if (!options.overwrite) refuse_existing(options.output);
  const TensorFile file = read_checkpoint(options.checkpoint);
  const HeldNetwork network = held_network(file, options.network);
  const CheckpointState state = read_checkpoint_state(file);
  write_converted(options.output, network.weights, stored_type(options.precision),
                  metadata(options, state, network.architecture));
  std::printf("%s: %s after %lld steps, %s\n", options.output.c_str(), network.architecture.c_str(),
              (long long)state.step, options.precision.c_str());
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
  app->add_option("--network", options->network,
                  "which of the checkpoint's networks; without this the one that was trained")
      ->check(CLI::IsMember({"generator", "base", "hr", "sync", "discriminator"}));
  app->add_option("--precision", options->precision, "of the weights; norms and biases stay fp32")
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}))
      ->capture_default_str();
  app->add_option("--data-set", options->data_set, "name of the data set, for the file's metadata");
  app->add_option("--licence", options->licence, "of the weights, for the file's metadata");
  app->add_option("--measures", options->measures,
                  "JSON file of \"evaluate\", for the file's metadata");
  app->add_flag("--overwrite", options->overwrite, "replace an existing OUT");
  app->callback([options, &command] { command = [options] { return run(*options); }; });
}

}  // namespace hyperlips::training
