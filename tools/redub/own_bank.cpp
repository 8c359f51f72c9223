// SPDX-License-Identifier: LGPL-2.1-or-later
#include "own_bank.hpp"

#include <glib.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "gst/lib/media/enrol.hpp"
#include "gst/lib/media/messages.hpp"
#include "hyperlips/own_mouths/bank.hpp"
#include "redub.hpp"
#include "util/file_hash.hpp"
#include "util/quote.hpp"
#include "util/status_line.hpp"

namespace hyperlips::redub {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeptBanks = 20;
constexpr const char *kExtension = ".bank";

fs::path cache_folder() { return fs::path(g_get_user_cache_dir()) / "hyperlips" / "banks"; }

/// Where the bank of these files is kept: by their content, and by all that determines the bank.
fs::path cached_bank(const std::vector<MediaSource> &footage, const Options &options) {
  std::string identity;
  for (const MediaSource &file : footage)
    identity += file_hash(file.path) + " " + std::to_string(file.track) + " ";
  identity += file_hash(speech_to_mouth_file()) + " " HYPERLIPS_VERSION " " + options.offset;
  const std::string name =
      take_string(g_compute_checksum_for_string(G_CHECKSUM_SHA256, identity.c_str(), -1));
  return cache_folder() / (name + kExtension);
}

/// Nothing if there is none, or if it is damaged.
std::optional<Bank> kept_bank(const fs::path &path) {
  try {
    return read_bank(path);
  } catch (const Error &) {
    return std::nullopt;
  }
}

/// Removes all but the kKeptBanks that were used last.
void remove_old_banks() {
  std::vector<std::pair<fs::file_time_type, fs::path>> banks;
  std::error_code failed;
  for (const auto &entry : fs::directory_iterator(cache_folder(), failed))
    if (entry.path().extension() == kExtension)
      banks.emplace_back(entry.last_write_time(failed), entry.path());
  std::ranges::sort(banks, std::greater());
  for (std::size_t i = kKeptBanks; i < banks.size(); ++i) fs::remove(banks[i].second, failed);
}

/// A line, or nothing. One frame is within the error of the measurement, and hardly seen.
std::string offset_text(const EnrolledFile &file) {
  const FootageReport &report = file.report;
  if (!report.has_sound || !report.offset.certain || std::abs(report.offset.frames) < 2) return {};
  return "The sound of " + quote_path(file.path) + " is " +
         std::to_string(std::abs(report.offset.frames)) + " frames " +
         (report.offset.frames > 0 ? "late" : "early") + "; the mouths were matched accordingly.\n";
}

}  // namespace

std::vector<std::string> use_own_mouths(Options &options, const Inputs &inputs,
                                        const std::atomic<bool> &cancelled) {
  if (inputs.video.still && options.footage.empty())
    throw UsageError(
        "VIDEO is a still picture, so it shows only one mouth. Pass a video of the person with "
        "--footage, or a network with --model.");
  std::vector<MediaSource> footage(options.footage.begin(), options.footage.end());
  if (footage.empty()) footage = {inputs.video_source};
  const fs::path kept = cached_bank(footage, options);
  std::vector<std::string> notes;
  const auto add_notes = [&notes](const Bank &bank) {
    std::istringstream lines(bank.remarks);
    for (std::string line; std::getline(lines, line);) notes.push_back(line);
    if (std::string text = shortcomings(bank); !text.empty()) notes.push_back(std::move(text));
  };
  if (const auto known = kept_bank(kept)) {
    add_notes(*known);
    std::error_code failed;
    fs::last_write_time(kept, fs::file_time_type::clock::now(), failed);  // it stays
  } else {
    StatusLine status({.program = "hyperlips-redub", .quiet = options.quiet});
    status.say("no model was given: collecting the person's own mouths from " +
               quote_path(footage.front().name) + (footage.size() > 1 ? " and more files" : ""));
    EnrolOptions enrol_options;
    enrol_options.until_full = true;
    if (options.offset != "auto") enrol_options.offset = std::stoi(options.offset);
    std::vector<EnrolledFile> read;
    auto bank = enrol(
        footage, enrol_options, cancelled,
        [&](double seconds) {
          if (status.due()) status.show(std::to_string(int(seconds)) + " s of video read");
        },
        read);
    if (!bank) return notes;
    for (const EnrolledFile &file : read) bank->remarks += offset_text(file);
    std::error_code failed;
    fs::create_directories(kept.parent_path(), failed);
    if (failed)
      throw Error(ErrorKind::Failed, "Cannot create the folder " + quote_path(kept.parent_path()) +
                                         ": " + failed.message() +
                                         ". Set XDG_CACHE_HOME to a folder with write permission.");
    write_bank(kept, *bank, fs::path(footage.front().name).filename().string());
    remove_old_banks();
    add_notes(*bank);
  }
  options.model = kept.string();
  return notes;
}

}  // namespace hyperlips::redub
