// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>
#include <iostream>

#include "commands.hpp"
#include "hyperlips/error.hpp"

namespace {

constexpr int kUsageError = 2;

using namespace hyperlips::tool;

/// Options of all subcommands, which CLI11 writes to, and the exit code of the one that ran.
struct CommandLine {
  InfoOptions info;
  ConvertOptions convert;
  RunOptions run;
  CheckOptions check;
  int exit_code = 0;
};

void add_info(CLI::App &app, CommandLine &line) {
  auto *command = app.add_subcommand("info", "Print architecture and metadata of a checkpoint");
  command->add_option("FILE", line.info.file, "checkpoint (.safetensors or .pth)")->required();
  command->add_flag("--json", line.info.json, "print JSON");
  command->add_flag("--tensors", line.info.tensors, "list all tensors");
  command->callback([&line] { line.exit_code = info(line.info); });
}

void add_convert(CLI::App &app, CommandLine &line) {
  auto *command = app.add_subcommand("convert", "Convert a checkpoint to safetensors");
  command->add_option("IN", line.convert.input, "checkpoint (.pth or .safetensors)")->required();
  command->add_option("OUT", line.convert.output, "safetensors file to write")->required();
  command
      ->add_option("--precision", line.convert.precision,
                   "type of the weights; norms and biases are stored as fp32")
      ->check(CLI::IsMember({"fp32", "fp16", "bf16"}))
      ->capture_default_str();
  command->add_flag("--overwrite", line.convert.overwrite, "replace OUT if it exists");
  command->callback([&line] { line.exit_code = convert(line.convert); });
}

void add_run(CLI::App &app, CommandLine &line) {
  auto *command = app.add_subcommand("run", "Run a network on the tensors of a file");
  command->add_option("MODEL", line.run.model, "checkpoint (.safetensors or .pth)")->required();
  command
      ->add_option(
          "--input", line.run.input,
          "safetensors file with the inputs: mel and face, or input; batch dimension first")
      ->required();
  command->add_option("--output", line.run.output, "safetensors file to write the outputs to")
      ->required();
  command->add_option("--backend", line.run.backend, "auto, openvino or torch")
      ->capture_default_str();
  command->add_option("--device", line.run.device, "auto, cpu, cuda or cuda:N")
      ->capture_default_str();
  command->add_option("--precision", line.run.precision, "precision of the computation")
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "fp16"}))
      ->capture_default_str();
  command->callback([&line] { line.exit_code = run(line.run); });
}

void add_check(CLI::App &app, CommandLine &line) {
  auto *command = app.add_subcommand("check",
                                     "Compare a network with two backends, devices, precisions or "
                                     "first rows; exit code 1 if the outputs differ by more than "
                                     "the tolerance");
  command->add_option("MODEL", line.check.model, "checkpoint (.safetensors or .pth)")->required();
  command->add_option("--input", line.check.input,
                      "safetensors file with the inputs; default: random numbers");
  command
      ->add_option(
          "--a", line.check.a,
          "the reference: [BACKEND/]DEVICE:PRECISION[:FIRST_ROW], such as torch/cpu:fp32 or "
          "openvino/cpu:bf16:62; FIRST_ROW: the first row of 128 to compute")
      ->capture_default_str();
  command->add_option("--b", line.check.b, "what is compared with it")->capture_default_str();
  command->add_option("--batch", line.check.batch, "batch size of random inputs")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--repeat", line.check.repeat, "number of runs of each, in turn")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--mean", line.check.mean, "maximum mean difference in 1/255")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--max", line.check.max, "maximum difference in 1/255")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->callback([&line] { line.exit_code = check(line.check); });
}

int run_command(int argc, char **argv) {
  CLI::App app{"Inspects, converts, runs and compares HyperLips checkpoints."};
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  CommandLine line;
  add_info(app, line);
  add_convert(app, line);
  add_run(app, line);
  add_check(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  return line.exit_code;
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
