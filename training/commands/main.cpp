// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>
#include <gst/gst.h>

#include "hyperlips/error.hpp"
#include "training/commands/commands.hpp"

namespace {

constexpr int kUsageError = 2;

int run(int argc, char **argv) {
  using namespace hyperlips::training;
  CLI::App program{
      "Train the networks of HyperLips: make data sets from videos, train, evaluate, export "
      "weights."};
  program.name("hyperlips-train");
  program.require_subcommand(1);
  program.get_formatter()->column_width(36);
  program.set_version_flag("--version", HYPERLIPS_VERSION);
  program.set_config("--config", "",
                     "read options from a TOML file with a section [COMMAND] per command");
  Command command;
  for (const auto add : {add_enrol, add_preprocess, add_synth, add_speech_to_mouth, add_sync,
                         add_base, add_hr, add_adapt, add_evaluate, add_export}) {
    add(program, command);
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return program.exit(error) == 0 ? 0 : kUsageError;
  }
  return command();
}

}  // namespace

int main(int argc, char **argv) {
  gst_init(nullptr, nullptr);
  try {
    return run(argc, argv);
  } catch (const hyperlips::Error &error) {
    std::fprintf(stderr, "hyperlips-train: %s\n", error.what());
  } catch (const std::exception &error) {
    std::fprintf(stderr, "hyperlips-train: unexpected error: %s\n", error.what());
  }
  return 1;
}
