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
  std::string network, precision = "fp16", data_set, license;
  bool overwrite = false;
};

/// Face size of a network in pixels; empty if it takes any.
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
                quote_path(path) + " is not a JSON file of \"hyperlips-train evaluate --json\".");
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
      {"licence", options.license},
      {"measures", measures.empty() ? std::string() : measures.dump()}};
  // Conventions, for example; all of exported weights.
  all.insert(state.metadata.begin(), state.metadata.end());
  std::erase_if(all, [](const auto &entry) { return entry.second.empty(); });
  return all;
}

bool is_pth(const std::filesystem::path &output) { return output.extension() == ".pth"; }

/// A .pth file has no metadata and holds the weights as they were trained.
void check(const CLI::App &command, const Options &options) {
  const auto extension = options.output.extension();
  if (extension != ".safetensors" && extension != ".pth") {
    throw Error(ErrorKind::Settings, "The extension of OUT is " + quote(extension.string()) +
                                         "; expected .safetensors or .pth.");
  }
  if (!is_pth(options.output)) return;
  for (const char *name : {"--precision", "--data-set", "--license", "--measures"}) {
    if (command.count(name) == 0) continue;
    throw Error(ErrorKind::Settings, std::string(name) +
                                         " applies to .safetensors files only; omit it to write " +
                                         quote_path(options.output) + ".");
  }
}

int run(const CLI::App &command, const Options &options) {
  check(command, options);
  if (!options.overwrite) refuse_existing(options.output);
  const TensorFile file = read_checkpoint(options.checkpoint);
  const StoredNetwork network = stored_network(file, options.network);
  const CheckpointState state = read_checkpoint_state(file);
  if (is_pth(options.output)) {
    write_published_checkpoint(options.output, read_training_checkpoint(options.checkpoint),
                               network.name);
  } else {
    write_converted(options.output, network.weights, stored_type(options.precision),
                    metadata(options, state, network.architecture));
  }
  std::printf("%s: %s after %lld steps, %s\n", options.output.c_str(), network.architecture.c_str(),
              (long long)state.step,
              is_pth(options.output) ? "PyTorch checkpoint" : options.precision.c_str());
  return 0;
}

}  // namespace

void add_export(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  CLI::App *app = program.add_subcommand(
      "export",
      "Write the weights of a training checkpoint: .safetensors for the elements, .pth with the "
      "optimizer state for the published PyTorch code. A moving average of the weights is written "
      "instead of the weights if there is one");
  app->add_option("CHECKPOINT", options->checkpoint, "training checkpoint, or a published .pth")
      ->required();
  app->add_option("OUT", options->output, "output file, .safetensors or .pth")->required();
  app->add_option("--network", options->network,
                  "network of the checkpoint to write; default: the main network of the run")
      ->check(CLI::IsMember({"generator", "base", "hr", "sync", "discriminator"}));
  app->add_option("--precision", options->precision,
                  "of the weights in a .safetensors file; norms and biases stay fp32")
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}))
      ->capture_default_str();
  app->add_option("--data-set", options->data_set,
                  "name of the data set, for the metadata of a .safetensors file");
  app->add_option("--license,--licence", options->license,
                  "of the weights, for the metadata of a .safetensors file");
  app->add_option("--measures", options->measures,
                  "JSON file of evaluate, for the metadata of a .safetensors file");
  app->add_flag("--overwrite", options->overwrite, "replace an existing OUT");
  app->callback(
      [options, app, &command] { command = [options, app] { return run(*app, *options); }; });
}

}  // namespace hyperlips::training
