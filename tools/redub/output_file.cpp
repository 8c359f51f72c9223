// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output_file.hpp"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <vector>

#include "hyperlips/error.hpp"
#include "redub.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;

// For the signal handler, which can neither lock nor allocate.
char pending_path[PATH_MAX];
std::atomic<bool> pending = false;
static_assert(std::atomic<bool>::is_always_lock_free);

/// Where writing to a path ends up, also if nothing is there yet.
fs::path destination(fs::path path) {
  std::error_code failed;
  for (int i = 0; i < kMaxLinks && fs::is_symlink(path, failed); ++i) {
    path = path.parent_path() / fs::read_symlink(path, failed);
  }
  return fs::weakly_canonical(fs::absolute(path, failed), failed);
}

bool same_destination(const fs::path &a, const fs::path &b) {
  std::error_code missing;
  return fs::equivalent(a, b, missing) || destination(a) == destination(b);
}

struct NamedPath {
  std::string name;
  fs::path path;
};

std::vector<NamedPath> inputs_of(const Options &options) {
  std::vector<NamedPath> inputs{{"VIDEO", options.video}};
  if (options.speech != "-") inputs.push_back({"SPEECH", options.speech});
  for (const fs::path &file : options.footage) inputs.push_back({"the file of --footage", file});
  for (const auto &[name, path] : {std::pair{"--model", options.model},
                                   {"--hr-model", options.hr_model},
                                   {"--reference", options.reference}}) {
    if (!path.empty()) inputs.push_back({std::string("the file of ") + name, path});
  }
  return inputs;
}

void check_writable(const NamedPath &output, bool replaced) {
  // A link is replaced; a file that is not replaced is written where the link leads.
  const fs::path folder =
      (replaced ? fs::absolute(output.path) : destination(output.path)).parent_path();
  std::error_code failed;
  const bool exists = fs::exists(output.path, failed);
  if (fs::is_directory(output.path, failed)) {
    throw Error(ErrorKind::Settings, output.name + " " + quote_path(output.path) +
                                         " is a folder. Pass the name of a file.");
  }
  // Files that are replaced need a folder that can be written to, others may exist in any.
  const bool writable = exists && !replaced ? access(output.path.c_str(), W_OK) == 0
                                            : access(folder.c_str(), W_OK | X_OK) == 0;
  if (!writable) {
    throw Error(ErrorKind::NotFound,
                "Cannot write " + output.name + " " + quote_path(output.path) + ": " +
                    std::strerror(errno) +
                    ". Choose an existing folder where you have write permission.");
  }
}

}  // namespace

void check_outputs(const Options &options) {
  const NamedPath out{"OUT", options.output}, report{"the report of --json", options.json};
  std::vector<NamedPath> outputs{out};
  if (!options.json.empty() && options.json != "-") outputs.push_back(report);
  for (const NamedPath &output : outputs) {
    for (const NamedPath &input : inputs_of(options)) {
      if (!same_destination(output.path, input.path)) continue;
      throw UsageError(output.name + " " + quote_path(output.path) + " is also " + input.name +
                       ", an input. Choose another file name.");
    }
  }
  if (outputs.size() > 1 && same_destination(out.path, report.path)) {
    throw UsageError("OUT and the report of --json are the same file, " + quote_path(out.path) +
                     ". Choose another file name for one of them.");
  }
  check_writable(out, true);
  if (outputs.size() > 1) check_writable(report, false);
  // A link that leads nowhere is there, too.
  if (!options.overwrite && fs::exists(fs::symlink_status(options.output))) {
    throw Error(ErrorKind::Settings,
                quote_path(options.output) + " already exists. Pass --overwrite to replace it.");
  }
}

OutputFile::OutputFile(const fs::path &path) : file_(path) {
  const std::string &name = temporary().native();
  if (name.size() < sizeof pending_path) {
    std::strcpy(pending_path, name.c_str());
    pending = true;
  }
}

OutputFile::~OutputFile() {
  file_.reset();  // removes it
  pending = false;
}

bool OutputFile::commit() {
  const bool synced = file_->commit();
  pending = false;
  return synced;
}

void OutputFile::remove_now() {
  if (pending) unlink(pending_path);
}

}  // namespace hyperlips::redub
