// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "gst/lib/media/enrol.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/own_mouths/bank.hpp"
#include "training/commands/commands.hpp"
#include "training/commands/crop_option.hpp"
#include "training/preprocess/clip_offset.hpp"
#include "training/run/signals.hpp"
#include "util/quote.hpp"
#include "util/status_line.hpp"

namespace hyperlips::training {
namespace {

struct Options {
  EnrolOptions enrol;
  std::vector<std::filesystem::path> files;
  std::filesystem::path output;
  bool overwrite = false, quiet = false;
};

void print(const EnrolledFile &file) {
  const FootageReport &report = file.report;
  std::printf("%s: %zu frames, %zu with a visible mouth, %s\n", file.path.c_str(), report.frames,
              report.faces, report.has_sound ? describe(report.offset).c_str() : "no sound");
}

int run(const Options &options) {
  if (!options.overwrite && std::filesystem::exists(options.output))
    throw Error(ErrorKind::Settings,
                quote_path(options.output) + " already exists. Pass --overwrite to replace it.");
  const StopSignals signals;
  StatusLine status({.program = "hyperlips-train", .quiet = options.quiet});
  std::vector<EnrolledFile> read;
  const auto bank = enrol(
      {options.files.begin(), options.files.end()}, options.enrol, signals.stopping(),
      [&](double seconds) {
        if (status.due()) status.show(std::to_string(int(seconds)) + " s of video read");
      },
      read);
  if (!bank) return kEndedEarly;
  std::string names;
  for (const EnrolledFile &file : read)
    names += (names.empty() ? "" : ", ") + file.path.filename().string();
  write_bank(options.output, *bank, names);
  for (const EnrolledFile &file : read) print(file);
  std::printf("%s: %zu mouths\n", options.output.c_str(), bank->frames.size());
  if (const std::string advice = shortcomings(*bank); !advice.empty())
    std::printf("%s\n", advice.c_str());
  return 0;
}

}  // namespace

void add_enrol(CLI::App &program, Command &command) {
  auto options = std::make_shared<Options>();
  CLI::App *app = program.add_subcommand(
      "enrol", "Collect a person's own mouths from videos, without training");
  app->add_option("VIDEOS", options->files, "video files of one person who speaks")->required();
  app->add_option("--out", options->output, "file of the bank, for the property model (.bank)")
      ->required();
  add_offset_option(*app, options->enrol.offset);
  app->add_option("--max-frames", options->enrol.bank.max_frames,
                  "frames to keep; of more, those with rare mouths and poses")
      ->check(CLI::Range(std::size_t(1), kMaxBankFrames))
      ->capture_default_str();
  app->add_option("--max-size", options->enrol.bank.max_picture,
                  "largest side of the stored pictures in pixels")
      ->check(CLI::Range(64, kMaxBankPicture))
      ->capture_default_str();
  app->add_flag("--overwrite", options->overwrite, "replace an existing file");
  app->add_flag("--quiet", options->quiet, "do not print progress");
  app->callback([options, &command] { command = [options] { return run(*options); }; });
}

}  // namespace hyperlips::training
