// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>
#include <iostream>

#include "commands.hpp"
#include "hyperlips/error.hpp"

namespace {

constexpr int kUsageError = 2;

int run_command(int argc, char **argv) {
  using namespace hyperlips::tool;
  CLI::App app{"Looks into, converts, runs and compares HyperLips checkpoints."};
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  int exit_code = 0;

  InfoOptions info_options;
  auto *info_command = app.add_subcommand("info", "Say what a checkpoint holds");
  info_command->add_option("FILE", info_options.file, "a .safetensors or .pth checkpoint")
      ->required();
  info_command->add_flag("--json", info_options.json, "print JSON");
  info_command->add_flag("--tensors", info_options.tensors, "list every tensor");
  info_command->callback([&] { exit_code = info(info_options); });

  ConvertOptions convert_options;
  auto *convert_command = app.add_subcommand("convert", "Write a checkpoint as safetensors");
  convert_command->add_option("IN", convert_options.input, "a .pth or .safetensors checkpoint")
      ->required();
  convert_command->add_option("OUT", convert_options.output, "the .safetensors file to write")
      ->required();
  convert_command
      ->add_option("--precision", convert_options.precision,
                   "of the weights; norms and biases stay fp32")
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}))
      ->capture_default_str();
  convert_command->add_flag("--overwrite", convert_options.overwrite, "replace an existing OUT");
  convert_command->callback([&] { exit_code = convert(convert_options); });

  const auto precisions = CLI::IsMember({"auto", "fp32", "bf16", "fp16"});
  RunOptions run_options;
  auto *run_subcommand = app.add_subcommand("run", "Run a network on the tensors of a file");
  run_subcommand->add_option("MODEL", run_options.model, "a checkpoint")->required();
  run_subcommand
      ->add_option("--input", run_options.input,
                   "safetensors with the inputs, batch first: mel and face, or input")
      ->required();
  run_subcommand->add_option("--output", run_options.output, "safetensors to write the outputs to")
      ->required();
  run_subcommand->add_option("--device", run_options.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  run_subcommand->add_option("--precision", run_options.precision)
      ->check(precisions)
      ->capture_default_str();
  run_subcommand->callback([&] { exit_code = run(run_options); });

  CheckOptions check_options;
  auto *check_command = app.add_subcommand(
      "check", "Run two devices or precisions side by side; exit code 1 if they differ too much");
  check_command->add_option("MODEL", check_options.model, "a checkpoint")->required();
  check_command->add_option("--input", check_options.input,
                            "safetensors with the inputs; default: made-up numbers");
  check_command->add_option("--a", check_options.a, "DEVICE:PRECISION to compare with")
      ->capture_default_str();
  check_command->add_option("--b", check_options.b, "DEVICE:PRECISION to compare")
      ->capture_default_str();
  check_command->add_option("--batch", check_options.batch, "samples of made-up numbers")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  check_command->add_option("--repeat", check_options.repeat, "runs, of which the fastest counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  check_command->add_option("--mean", check_options.mean, "largest mean difference, in 1/255")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  check_command->add_option("--max", check_options.max, "largest difference, in 1/255")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  check_command->callback([&] { exit_code = check(check_options); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char **argv) {
  try {
    return run_command(argc, argv);
  } catch (const hyperlips::Error &error) {
    std::cerr << "hyperlips-model: " << error.what() << '\n';
  } catch (const std::exception &error) {
    std::cerr << "hyperlips-model: unexpected error: " << error.what() << '\n';
  }
  return 1;
}
