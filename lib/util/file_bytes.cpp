// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/file_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "hyperlips/error.hpp"
#include "util/file_descriptor.hpp"
#include "util/quote.hpp"

namespace hyperlips {

std::vector<std::uint8_t> read_file_bytes(const std::filesystem::path &path) {
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file.valid() || fstat(file.get(), &status) != 0)
    throw Error(ErrorKind::NotFound,
                "Cannot read file " + quote_path(path) + ": " + std::strerror(errno) + ".");
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorKind::NotFound, "File " + quote_path(path) + " is not a regular file.");
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(status.st_size));
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = read(file.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0)
      throw Error(ErrorKind::Format,
                  "Cannot read file " + quote_path(path) + " beyond byte " + std::to_string(done) +
                      " of " + std::to_string(bytes.size()) + ": " +
                      (count < 0 ? std::strerror(errno) : "the file was truncated") + ".");
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

}  // namespace hyperlips
