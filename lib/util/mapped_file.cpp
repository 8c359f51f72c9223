// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/mapped_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "hyperlips/error.hpp"
#include "util/file_descriptor.hpp"
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

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path &path) {
  // O_NONBLOCK: opening a pipe that nobody writes must not hang.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!file.valid() || fstat(file.get(), &info) != 0) {
    throw Error(ErrorKind::NotFound,
                "Cannot open file " + quote_path(path) + ": " + std::strerror(errno) + ".");
  }
  if (!S_ISREG(info.st_mode)) {
    throw Error(ErrorKind::Format, "File " + quote_path(path) + " is " + type_of(info.st_mode) +
                                       "; expected a regular file.");
  }
  if (info.st_size == 0) {
    throw Error(ErrorKind::Format,
                "File " + quote_path(path) + " is empty; copy or download it again.");
  }
  const auto size = static_cast<std::size_t>(info.st_size);
  void *data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) {
    throw Error(ErrorKind::Memory,
                "Cannot map file " + quote_path(path) + ": " + std::strerror(errno) + ".");
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(data, size));
}

MappedFile::~MappedFile() { munmap(data_, size_); }

}  // namespace hyperlips
