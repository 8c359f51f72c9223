// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/lib/media/media_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr int kPollMs = 100;
constexpr std::size_t kBlock = std::size_t(1) << 16;

int open_source(const MediaSource &source) {
  if (source.path == kStdin) return dup(STDIN_FILENO);
  // Without O_NONBLOCK, opening a named pipe waits for a writer, and nothing could end the wait.
  return open(source.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/// TMPDIR, also if there is no such folder.
std::filesystem::path temporary_folder() {
  std::error_code missing;
  const std::filesystem::path found = std::filesystem::temp_directory_path(missing);
  const char *wanted = std::getenv("TMPDIR");
  return missing && wanted ? wanted : found;
}

}  // namespace

MediaSource::MediaSource(std::string file, int track_number)
    : path(std::move(file)), name(path == kStdin ? "standard input" : path), track(track_number) {}

ByteReader::ByteReader(const MediaSource &source, const Cancel &cancel)
    : file_(open_source(source)), cancel_(cancel) {
  struct stat status;
  if (!file_.valid() || fstat(file_.get(), &status) != 0) {
    throw Error(ErrorKind::NotFound, errno == ENOENT ? quote_path(source.name) + " not found."
                                                     : "Cannot open " + quote_path(source.name) +
                                                           ": " + std::strerror(errno) + ".");
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::NotFound,
                quote_path(source.name) + " is a folder. Pass an audio or video file.");
  }
  if (S_ISREG(status.st_mode)) size_ = status.st_size;
}

int ByteReader::read(std::uint8_t *bytes, int size) {
  while (!cancel_) {
    pollfd wait{file_.get(), POLLIN, 0};
    if (!seekable() && poll(&wait, 1, kPollMs) <= 0) {
      waiting_ = true;
      continue;
    }
    const auto count = ::read(file_.get(), bytes, std::size_t(size));
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    waiting_ = false;
    return count < 0 ? -errno : int(count);
  }
  waiting_ = false;
  return -EINTR;
}

std::int64_t ByteReader::seek(std::int64_t position, int whence) {
  const auto reached = lseek(file_.get(), position, whence);
  return reached < 0 ? -errno : reached;
}

std::string ByteReader::peek(std::int64_t position, std::size_t size) const {
  std::string bytes(size, '\0');
  const auto count = seekable() ? pread(file_.get(), bytes.data(), size, position) : 0;
  bytes.resize(std::size_t(std::max<ssize_t>(count, 0)));
  return bytes;
}

bool is_pipe(const std::string &path) {
  struct stat status;
  if ((path == kStdin ? fstat(STDIN_FILENO, &status) : stat(path.c_str(), &status)) != 0)
    return false;
  return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || S_ISCHR(status.st_mode);
}

Spool::Spool(const MediaSource &pipe, const Cancel &cancel)
    : file_([] {
        std::string name = temporary_folder() / "hyperlips-XXXXXX";
        const int file = mkostemp(name.data(), O_CLOEXEC);
        if (file >= 0) unlink(name.c_str());
        return file;
      }()) {
  const auto fail = [&pipe] {
    throw Error(ErrorKind::Failed, "Cannot keep a copy of " + quote_path(pipe.name) + " in " +
                                       quote_path(temporary_folder()) + ": " +
                                       std::strerror(errno) +
                                       ". Set TMPDIR to a folder with enough space.");
  };
  if (!file_.valid()) fail();
  ByteReader input(pipe, cancel);
  std::vector<std::uint8_t> block(kBlock);
  while (const int count = input.read(block.data(), int(block.size()))) {
    if (count == -EINTR) return;
    if (count < 0)
      throw Error(ErrorKind::Format,
                  "Cannot read " + quote_path(pipe.name) + ": " + std::strerror(-count) + ".");
    for (int done = 0; done < count;) {
      const auto written = write(file_.get(), block.data() + done, std::size_t(count - done));
      if (written < 0 && errno != EINTR) fail();
      done += int(std::max<ssize_t>(written, 0));
    }
  }
}

}  // namespace hyperlips
