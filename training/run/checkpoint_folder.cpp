// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/checkpoint_folder.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <span>
#include <string_view>
#include <system_error>

#include "hyperlips/error.hpp"
#include "util/pending_file.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNamePrefix = "checkpoint_step", kNameSuffix = ".safetensors";
constexpr const char *kBestName = "best.json";

std::optional<std::int64_t> step_of(std::string_view name) {
  if (!name.starts_with(kNamePrefix) || !name.ends_with(kNameSuffix)) return std::nullopt;
  if (name.size() <= kNamePrefix.size() + kNameSuffix.size()) return std::nullopt;
  name.remove_prefix(kNamePrefix.size());
  name.remove_suffix(kNameSuffix.size());
  std::int64_t step = 0;
  const auto *end = name.data() + name.size();
  const auto result = std::from_chars(name.data(), end, step);
  if (result.ec != std::errc() || result.ptr != end || step < 0) return std::nullopt;
  return step;
}

/// Calls `use` with each file of a folder; none when the folder does not exist.
template <typename Use>
void for_each_file(const fs::path &folder, Use use) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) use(entry->path());
  if (error) {
    throw Error(ErrorKind::Failed, "Cannot read the checkpoint folder " + quote_path(folder) +
                                       ": " + error.message() + ".");
  }
}

}  // namespace

CheckpointFolder::CheckpointFolder(fs::path folder, int keep, Warn warn)
    : folder_(std::move(folder)), keep_(keep), warn_(std::move(warn)) {
  if (keep_ < 1) {
    throw Error(ErrorKind::Settings, "The number of checkpoints to keep is " +
                                         std::to_string(keep_) + "; it must be at least 1.");
  }
}

void CheckpointFolder::prepare() const {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error || !fs::is_directory(folder_)) {
    throw Error(ErrorKind::Failed, "Cannot create the checkpoint folder " + quote_path(folder_) +
                                       ": " + (error ? error.message() : "it is not a folder") +
                                       ".");
  }
  std::vector<fs::path> leftovers;
  for_each_file(folder_, [&](const fs::path &path) {
    if (is_pending_name(path.filename().string())) leftovers.push_back(path);
  });
  for (const auto &path : leftovers) {
    if (!fs::remove(path, error) && error) {
      warn_("Cannot remove " + quote_path(path) +
            ", an incomplete file of an interrupted write: " + error.message() + ".");
    }
  }
}

fs::path CheckpointFolder::path_of(std::int64_t step) const {
  char number[32];
  std::snprintf(number, sizeof number, "%09lld", static_cast<long long>(step));
  return folder_ / (std::string(kNamePrefix) + number + std::string(kNameSuffix));
}

std::vector<CheckpointFile> CheckpointFolder::files() const {
  std::vector<CheckpointFile> files;
  for_each_file(folder_, [&](const fs::path &path) {
    const auto step = step_of(path.filename().string());
    if (step && path == path_of(*step)) files.push_back({*step, path});
  });
  std::sort(files.begin(), files.end(),
            [](const auto &a, const auto &b) { return a.step < b.step; });
  return files;
}

std::optional<CheckpointFile> CheckpointFolder::best() const {
  const auto path = folder_ / kBestName;
  std::ifstream file(path);
  if (!file) return std::nullopt;
  const auto object = nlohmann::json::parse(file, nullptr, false);
  if (!object.is_object() || !object.contains("step") || !object["step"].is_number_integer()) {
    warn_(quote_path(path) + " is damaged, so the best checkpoint is unknown.");
    return std::nullopt;
  }
  CheckpointFile best{object["step"], {}};
  best.path = path_of(best.step);
  std::error_code ignored;
  if (!fs::exists(best.path, ignored)) return std::nullopt;
  return best;
}

std::optional<std::pair<CheckpointFile, TrainingCheckpoint>> CheckpointFolder::read_newest() const {
  auto all = files();
  std::string problems;
  for (; !all.empty(); all.pop_back()) {
    const auto &file = all.back();
    try {
      return std::pair(file, read_training_checkpoint(file.path));
    } catch (const Error &error) {
      if (error.kind() != ErrorKind::Format) throw;
      warn_(std::string(error.what()) + (all.size() > 1 ? " Using the checkpoint before it." : ""));
      problems += std::string(" ") + error.what();
    }
  }
  if (problems.empty()) return std::nullopt;
  throw Error(ErrorKind::Format, "All checkpoints in " + quote_path(folder_) +
                                     " are damaged; to start from scratch, choose another folder." +
                                     problems);
}

void CheckpointFolder::write(const TrainingCheckpoint &checkpoint) const {
  write_training_checkpoint(path_of(checkpoint.step), checkpoint);
  auto all = files();
  // Later ones are damaged ones that were skipped, or of a run that was resumed from an earlier
  // step: they may still be needed and do not count.
  std::erase_if(all, [&](const auto &file) { return file.step > checkpoint.step; });
  const auto keep = std::min(all.size(), static_cast<std::size_t>(keep_));
  all.resize(all.size() - keep);
  if (const auto kept = best()) {
    std::erase_if(all, [&](const auto &file) { return file.step == kept->step; });
  }
  for (const auto &file : all) {
    std::error_code error;
    if (!fs::remove(file.path, error) && error) {
      warn_("Cannot delete the old checkpoint " + quote_path(file.path) + ": " + error.message() +
            ".");
    }
  }
}

void CheckpointFolder::clear() const {
  std::vector<fs::path> paths{folder_ / kBestName};
  for (const auto &file : files()) paths.push_back(file.path);
  for (const auto &path : paths) {
    std::error_code error;
    if (!fs::remove(path, error) && error && error != std::errc::no_such_file_or_directory) {
      throw Error(ErrorKind::Failed, "Cannot delete " + quote_path(path) +
                                         " of an earlier run: " + error.message() + ".");
    }
  }
}

void CheckpointFolder::mark_best(std::int64_t step, const std::string &measure,
                                 double value) const {
  const nlohmann::json object = {{"step", step},
                                 {"file", path_of(step).filename().string()},
                                 {"measure", measure},
                                 {"value", value}};
  const auto text = object.dump(2) + "\n";
  PendingFile file(folder_ / kBestName);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace hyperlips::training
