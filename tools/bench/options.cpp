// SPDX-License-Identifier: LGPL-2.1-or-later
#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "hyperlips/engine/network.hpp"

namespace hyperlips::bench {

ParsedOptions parse_options(int argc, char **argv, const std::vector<std::string> &sections) {
  constexpr int kMostRounds = 1000, kMostSamples = 1024;
  ParsedOptions parsed;
  Options &options = parsed.options;
  CLI::App app{
      "Measures how fast HyperLips is on this machine, and prints tables. Every round measures "
      "each "
      "row once, in turn, so that other load on the machine meets all rows of a section alike."};
  app.name("hyperlips-bench");
  app.set_version_flag("--version", "hyperlips-bench " HYPERLIPS_VERSION);
  app.add_option("SECTION", options.sections, "what to measure; default: everything")
      ->check(CLI::IsMember(sections));
  app.add_option("--only", options.only, "measure only rows that have this text in their names");
  app.add_flag("--all", options.all, "measure also the rows that take long");
  app.add_option("--repeat", options.repeat, "number of rounds")
      ->check(CLI::Range(1, kMostRounds))
      ->capture_default_str();
  app.add_option("--json", options.json,
                 "write everything to this file as JSON, - for standard output; then the tables go "
                 "to standard error");
  app.add_option("--reference", options.reference,
                 "folder of the published Python code: time its networks side by side")
      ->check(CLI::ExistingDirectory);
  app.add_option("--python", options.python, "Python with torch and numpy, for --reference")
      ->capture_default_str();
  app.add_option("--model", options.model,
                 "checkpoint of HyperLipsBase; default: weights of a formula")
      ->check(CLI::ExistingFile);
  app.add_option("--hr-model", options.hr_model,
                 "checkpoint of HRDecoder; default: weights of a formula, 256x256")
      ->check(CLI::ExistingFile);
  app.add_option("--video", options.video,
                 "clip with a face and sound, for elements, redub and streams; default: synthetic "
                 "people")
      ->check(CLI::ExistingFile);
  app.add_option("--device", options.device, "device of the section networks: cpu, cuda or cuda:N")
      ->capture_default_str();
  app.add_option("--batch", options.batches, "batch sizes of the section networks")
      ->delimiter(',')
      ->check(CLI::Range(1, kMostSamples))
      ->capture_default_str();
  app.add_option("--threads", options.threads,
                 "CPU threads of the section networks; 0: one per core")
      ->delimiter(',')
      ->check(CLI::Range(0, kMostThreads))
      ->capture_default_str();
  app.footer("Exit status: 0 done, 1 a section failed, 2 wrong usage, 130 interrupted.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    parsed.exit_status = app.exit(error) == 0 ? 0 : 2;
    return parsed;
  }
  if (options.sections.empty()) options.sections = sections;
  std::ranges::sort(options.sections, {}, [&](const std::string &name) {
    return std::ranges::find(sections, name) - sections.begin();
  });
  const auto repeated = std::ranges::unique(options.sections);
  options.sections.erase(repeated.begin(), repeated.end());
  return parsed;
}

}  // namespace hyperlips::bench
