// SPDX-License-Identifier: LGPL-2.1-or-later
// hyperlips-bench [SECTION...]: measures how fast HyperLips is on this machine.
#include <gst/gst.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "hyperlips/error.hpp"
#include "machine.hpp"
#include "sections.hpp"
#include "util/quote.hpp"

namespace hyperlips::bench {
namespace {

/// The table of all sections, in the order in which they are measured.
struct Section {
  const char *name, *title;
  void (*measure)(const Context &, Result &);
};
constexpr Section kSections[] = {
    {"networks", "Networks, milliseconds a face", measure_networks},
    {"face", "Face analysis on one thread, milliseconds a frame", measure_face},
    {"elements", "Elements of a re-dub, milliseconds of CPU time a frame", measure_elements},
    {"redub", "hyperlips-redub, H.264 in and out, process start to closed file", measure_redub},
    {"streams", "Streams that share a network", measure_streams},
};

constexpr double kBusyPercent = 5;

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const Section &section : kSections) names.emplace_back(section.name);
  return names;
}

std::string machine_text(const json &machine) {
  std::string text = machine["cpu"].get<std::string>() + ", " + machine["cores"].dump() + " cores";
  for (const json &flag : machine["flags"]) text += " " + flag.get<std::string>();
  text += ", " + machine["memory_gib"].dump() + " GiB";
  for (const auto &[name, version] : machine["versions"].items()) {
    if (version.is_string()) text += ", " + name + " " + version.get<std::string>();
  }
  return text;
}

std::string load_text(const json &load) {
  return "load average before: " + load["load_average_before"].dump() + "; during the " +
         load["seconds"].dump() + " s others used " + load["others_percent"].dump() +
         " % of the CPU time and the hypervisor took " + load["stolen_percent"].dump() + " %";
}

void write_json(const std::filesystem::path &file, const json &document) {
  const std::string text = document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  if (file == "-") {
    std::fputs(text.c_str(), stdout);
    return;
  }
  std::ofstream stream(file);
  stream << text << std::flush;
  if (!stream)
    throw Error(ErrorKind::Failed,
                "Cannot write " + quote_path(file) + ". Pass --json a file in an existing folder.");
}

int run(const Options &options) {
  const Models models(options);
  const Clips clips(options);
  const Context context{options, models, clips};
  std::FILE *tables = options.json == "-" ? stderr : stdout;
  json document{{"machine", describe_machine()},
                {"repeat", options.repeat},
                {"model", models.origin("HyperLipsBase")},
                {"hr_model", models.origin(models.hr_architecture())},
                {"video", options.video.empty() ? "synthetic" : options.video.string()},
                {"sections", json::array()}};
  std::fprintf(tables, "%s\n", machine_text(document["machine"]).c_str());
  bool failed = false;
  for (const Section &section : kSections) {
    if (std::ranges::find(options.sections, section.name) == options.sections.end()) continue;
    std::fprintf(tables, "\n%s\n", section.title);
    std::fflush(tables);
    Result result;
    const LoadMeter meter;
    try {
      section.measure(context, result);
    } catch (const Error &error) {
      failed = true;
      result.notes.push_back(std::string("failed: ") + error.what());
    }
    const json load = meter.read();
    if (load["others_percent"].get<double>() > kBusyPercent) {
      result.notes.push_back(
          "The machine was busy. Quote no number of this section, and no ratio: threads that spin, "
          "as PyTorch's do, lose more by it than others.");
    }
    print(tables, result);
    std::fprintf(tables, "%s\n", load_text(load).c_str());
    document["sections"].push_back({{"name", section.name},
                                    {"title", section.title},
                                    {"load", load},
                                    {"rows", result.rows},
                                    {"notes", result.notes}});
    // After each section, so that an interrupted run leaves something.
    if (!options.json.empty() && options.json != "-") write_json(options.json, document);
  }
  if (options.json == "-") write_json(options.json, document);
  return failed ? 1 : 0;
}

}  // namespace
}  // namespace hyperlips::bench

int main(int argc, char **argv) {
  using namespace hyperlips;
  // As hyperlips-redub: OpenMP reads it when it is loaded.
  setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  const bench::ParsedOptions parsed = bench::parse_options(argc, argv, bench::section_names());
  if (parsed.exit_status) return *parsed.exit_status;
  gst_init(nullptr, nullptr);
  bench::take_signals();
  try {
    return bench::run(parsed.options);
  } catch (const bench::Interrupted &) {
    constexpr int kInterrupted = 130;
    return kInterrupted;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "hyperlips-bench: %s\n", error.what());
    return 1;
  }
}
