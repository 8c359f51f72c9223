// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

const char *type_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
  if (S_ISSOCK(mode)) return "a socket";
  return "a special file";
}

}  // namespace

void MemorySource::read(std::uint64_t offset, std::span<std::byte> target) const {
  std::ranges::copy(bytes_.subspan(offset, target.size()), target.begin());
}

FileSource::FileSource(const std::filesystem::path &path)
    // O_NONBLOCK: opening a pipe that nobody writes must not hang.
    : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  struct stat status {};
  if (!file_.valid() || fstat(file_.get(), &status) != 0)
    throw Error(ErrorKind::NotFound,
                "Cannot open file " + quote_path(path) + ": " + std::strerror(errno) + ".");
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorKind::NotFound, "File " + quote_path(path) + " is " + type_of(status.st_mode) +
                                         "; expected a regular file.");
  size_ = static_cast<std::uint64_t>(status.st_size);
}

void FileSource::read(std::uint64_t offset, std::span<std::byte> target) const {
  for (std::size_t done = 0; done < target.size();) {
    const ssize_t count = pread(file_.get(), target.data() + done, target.size() - done,
                                static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0)
      throw Error(
          ErrorKind::Format,
          "Cannot read file " + quote_path(path_) + " beyond byte " +
              std::to_string(offset + done) + " of " + std::to_string(size_) + ": " +
              (count < 0 ? std::strerror(errno)
                         : "it was shortened while it was read; copy or download it again") +
              ".");
    done += static_cast<std::size_t>(count);
  }
}

}  // namespace hyperlips
