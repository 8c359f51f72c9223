// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/commands/clip_data.hpp"

#include <cmath>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "hyperlips/error.hpp"
#include "training/data/crop_source.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

void report_unusable(const std::string &reason) {
  std::fprintf(stderr, "hyperlips-train: %s\n", reason.c_str());
}

}  // namespace

void add_clip_data_options(CLI::App &command, ClipDataOptions &data, RunOptions &run) {
  command
      .add_option(
          "DATA", data.sets,
          "data sets made by preprocess or synth: folders or crop packs. Several are mixed; "
          "DATA:WEIGHT sets the share of the examples of one relative to the others "
          "(default 1)")
      ->required();
  command
      .add_option("--out", run.trainer.folder,
                  "output folder for checkpoints, event files and samples")
      ->required();
  command.add_option("--filelists", data.filelists,
                     "folder of train.txt and val.txt; default: the filelists folder of DATA");
}

DataSetName parse_data_set(const std::string &text) {
  const std::size_t colon = text.rfind(':');
  std::error_code ignored;
  if (colon == std::string::npos || std::filesystem::exists(text, ignored)) return {text, 1};
  double weight = 0;
  if (!CLI::detail::lexical_cast(text.substr(colon + 1), weight) || !(weight > 0) ||
      !std::isfinite(weight))
    throw Error(ErrorKind::Settings, "Invalid data set " + quote(text) +
                                         ": expected DATA or DATA:WEIGHT, a path of a folder or a "
                                         "crop pack and a number above 0.");
  return {text.substr(0, colon), weight};
}

std::vector<DataSetName> data_sets(const ClipDataOptions &data) {
  std::vector<DataSetName> names;
  for (const std::string &text : data.sets) names.push_back(parse_data_set(text));
  if (names.size() > 1 && !data.filelists.empty())
    throw Error(ErrorKind::Settings,
                "--filelists cannot be used with several data sets; put a folder filelists with "
                "train.txt and val.txt into each.");
  return names;
}

Framing crops_of(const ClipData &data) { return data.source->framing(data.clips.train.front()); }

void require_same_crops(std::optional<Framing> &crop, const ClipData &data) {
  const Framing found = crops_of(data);
  if (crop && *crop != found)
    throw Error(ErrorKind::Settings, "The data sets cannot be mixed: the crops of " +
                                         quote_path(data.clips.train.front().folder) + " are " +
                                         to_string(found) + ", those of another one are " +
                                         to_string(*crop) +
                                         ". Make one of them again with --crop.");
  crop = found;
}

std::shared_ptr<ClipStore> open_store(const RunOptions &run) {
  return std::make_shared<ClipStore>(ClipStoreOptions{run.cache_mib << 20, report_unusable});
}

void print_counts(const ClipList &clips, const RunOptions &run) {
  if (run.quiet) return;
  std::fprintf(stderr, "%zu clips for training, %zu for validation", clips.train.size(),
               clips.validation.size());
  if (clips.left_out() > 0) {
    std::fprintf(stderr, "; skipped: %lld too short, %lld without audio, %lld missing",
                 (long long)clips.too_short, (long long)clips.without_sound,
                 (long long)clips.missing);
  }
  std::fprintf(stderr, "\n");
}

ClipListOptions list_options(const ClipDataOptions &data, const RunOptions &run) {
  ClipListOptions options;
  options.seed = run.trainer.seed;
  options.filelists = data.filelists;
  return options;
}

ClipData open_clips(const ClipDataOptions &data, const RunOptions &run) {
  ClipData opened;
  std::error_code error;
  if (std::filesystem::is_regular_file(data.folder, error)) {
    if (!data.filelists.empty())
      throw Error(ErrorKind::Settings,
                  "--filelists cannot be used with a crop pack, which contains the list of "
                  "validation clips.");
    const auto source =
        std::make_shared<CropSource>(CropPack(data.folder), run.cache_mib << 20, report_unusable);
    opened = {source->list(list_options(data, run)), source};
  } else {
    opened = {list_clips(data.folder, list_options(data, run)), open_store(run)};
  }
  print_counts(opened.clips, run);
  return opened;
}

}  // namespace hyperlips::training
