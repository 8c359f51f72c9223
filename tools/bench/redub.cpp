// SPDX-License-Identifier: LGPL-2.1-or-later
// Section redub: whole runs of hyperlips-redub, from the start of the process to the closed file.
#include <algorithm>
#include <fstream>
#include <iterator>

#include "child.hpp"
#include "hyperlips/error.hpp"
#include "sections.hpp"
#include "tools/redub/program_folder.hpp"

namespace hyperlips::bench {
namespace {

namespace fs = std::filesystem;

struct Case {
  ClipKind clip;
  bool hr = false;
  bool slow = false;  ///< only with --all

  std::string name(const Context &context) const {
    return (hr ? "base + " + context.models.hr_architecture() : std::string("base")) + " " +
           std::to_string(clip.height) + " " + std::to_string(clip.seconds) + " s " +
           std::to_string(clip.faces) + (clip.faces == 1 ? " face" : " faces");
  }
};

constexpr Case kCases[] = {
    {{.height = 720, .seconds = 1}},
    {{.height = 720, .seconds = 10}},
    {{.height = 720, .seconds = 10}, true},
    {{.height = 1080, .seconds = 10}},
    {{.height = 1080, .seconds = 10}, true},
    {{.height = 720, .seconds = 10, .faces = 2}},
    {{.height = 720, .seconds = 10, .faces = 3}, false, true},
    {{.height = 720, .seconds = 10, .faces = 4}, false, true},
    {{.height = 480, .seconds = 10}, false, true},
    {{.height = 2160, .seconds = 10}, false, true},
    {{.height = 720, .seconds = 1}, true, true},
    {{.height = 720, .seconds = 60}, false, true},
    {{.height = 720, .seconds = 60}, true, true},
};

std::string text_of(const fs::path &file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// One run, and what its report says.
Values run(const Context &context, const Case &what, json &report) {
  const fs::path folder = context.clips.folder();
  const fs::path log = folder / "redub.log", about = folder / "redub.json";
  std::vector<std::string> arguments{
      (redub::program_folder() / "../redub/hyperlips-redub").lexically_normal(),
      context.clips.video(what.clip),
      context.clips.speech(what.clip.seconds),
      folder / "redub.mp4",
      "--model",
      context.models.base(),
      "--length",
      "video",
      "--json",
      about,
      "--overwrite",
      "--quiet"};
  if (what.hr) arguments.insert(arguments.end(), {"--hr-model", context.models.hr()});
  if (what.clip.faces > 1) arguments.insert(arguments.end(), {"--face", "all"});
  const ProgramRun run = run_program(arguments, log);
  if (run.exit_code != 0) {
    throw Error(ErrorKind::Failed,
                "hyperlips-redub failed (" + std::to_string(run.exit_code) + "): " + text_of(log));
  }
  report = json::parse(text_of(about));
  return {{"s", run.seconds},
          {"cpu_s", run.cpu_seconds},
          {"peak_mb", run.peak_mb},
          {"speed", report["output"]["duration_s"].get<double>() / run.seconds}};
}

json row_of(const Context &context, const Case &what, const Variant &variant, const json &report) {
  const auto &rounds = variant.rounds;
  return {{"networks", what.hr ? "base + " + context.models.hr_architecture() : "base"},
          {"height", what.clip.height},
          {"seconds", report["output"]["duration_s"]},
          {"faces", what.clip.faces},
          {"frames", report["frames"]["total"]},
          {"frames_generated", report["frames"]["generated"]},
          {"backend", report["backend"]},
          {"precision", report["precision"]},
          {"s_min", rounded(minimum(rounds.at("s")), 2)},
          {"s_median", rounded(median(rounds.at("s")), 2)},
          {"speed_median", rounded(median(rounds.at("speed")), 2)},
          {"speed_max", rounded(maximum(rounds.at("speed")), 2)},
          {"cpu_s_median", rounded(median(rounds.at("cpu_s")), 2)},
          {"peak_mb", rounded(maximum(rounds.at("peak_mb")), 0)},
          {"rounds", rounds.at("s").size()}};
}

}  // namespace

void measure_redub(const Context &context, Result &result) {
  result.columns = {{"networks", "networks"},
                    {"height", "height"},
                    {"seconds", "seconds"},
                    {"faces", "faces"},
                    {"s_min", "s min"},
                    {"s_median", "s median"},
                    {"speed_max", "x real time max"},
                    {"speed_median", "x real time median"},
                    {"cpu_s_median", "CPU s"},
                    {"peak_mb", "peak MB"}};
  std::vector<Case> cases;
  for (const Case &what : kCases) {
    if (!context.wanted(what.name(context)) || (what.slow && !context.options.all)) continue;
    if (!context.clips.possible(what.clip)) {
      result.notes.push_back(what.name(context) + ": not in the video of --video");
      continue;
    }
    cases.push_back(what);
    // Drawing the clip is not part of the time.
    context.clips.video(what.clip);
    context.clips.speech(what.clip.seconds);
  }
  std::vector<json> reports(cases.size());
  std::vector<Variant> variants;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    variants.push_back(
        {cases[i].name(context), [&, i] { return run(context, cases[i], reports[i]); }});
  }
  run_rounds(variants, context.options.repeat, "redub");
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (!variants[i].rounds.empty())
      result.rows.push_back(row_of(context, cases[i], variants[i], reports[i]));
  }
  note_failures(variants, result);
}

}  // namespace hyperlips::bench
