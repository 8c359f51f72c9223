// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

#include "gst/lib/media/messages.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {
namespace {

// For the signal handler, which can neither lock nor allocate.
char pending_path[PATH_MAX];
std::atomic<bool> pending = false;
static_assert(std::atomic<bool>::is_always_lock_free);

std::string reason() { return std::strerror(errno); }

void sync_path(const std::filesystem::path &path, int flags) {
  const int file = open(path.c_str(), flags | O_CLOEXEC);
  const bool synced = file >= 0 && fsync(file) == 0;
  const std::string why = reason();
  if (file >= 0) close(file);
  if (!synced) {
    throw Error(ErrorKind::Failed,
                "Cannot flush " + quote_path(path) + " to the disk: " + why + ".");
  }
}

}  // namespace

OutputFile::OutputFile(std::filesystem::path path) : path_(std::move(path)) {
  temporary_ = path_;
  temporary_ += ".part-" + std::to_string(getpid());
  const int file = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) {
    throw Error(ErrorKind::NotFound,
                "Cannot write " + quote_path(path_) + ": " + reason() +
                    ". Choose an existing folder where you have write permission.");
  }
  close(file);
  if (temporary_.native().size() < sizeof pending_path) {
    std::strcpy(pending_path, temporary_.c_str());
    pending = true;
  }
}

OutputFile::~OutputFile() {
  pending = false;
  std::error_code ignored;
  if (!temporary_.empty()) std::filesystem::remove(temporary_, ignored);
}

void OutputFile::commit() {
  sync_path(temporary_, O_WRONLY);
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    throw Error(ErrorKind::Failed,
                "Cannot rename the temporary file to " + quote_path(path_) + ": " + reason() + ".");
  }
  pending = false;
  temporary_.clear();
  const auto folder = path_.parent_path();
  sync_path(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
}

void OutputFile::remove_now() {
  if (pending) unlink(pending_path);
}

}  // namespace hyperlips::redub
