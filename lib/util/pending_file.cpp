// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/pending_file.hpp"

#include <cerrno>
#include <cstring>
#include <random>

#include <fcntl.h>
#include <sys/stat.h>

#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr std::string_view kPendingPrefix = ".hyperlips-", kPendingSuffix = ".tmp";

std::filesystem::path folder_of(const std::filesystem::path &path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

std::filesystem::path unused_name(const std::filesystem::path &target) {
  std::random_device random;
  std::string name(kPendingPrefix);
  name += std::to_string(random());
  name += kPendingSuffix;
  return folder_of(target) / name;
}

}  // namespace

PendingFile::PendingFile(const std::filesystem::path &target)
    : target_(target), temporary_(unused_name(target)), file_(create(temporary_)) {
  if (!file_.valid()) {
    const auto kind = errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Failed;
    throw Error(kind, "Cannot create file " + quote_path(target) + ": " + std::strerror(errno) +
                          "; check the folder.");
  }
}

PendingFile::~PendingFile() {
  if (!committed_ && file_created_) unlink(temporary_.c_str());
}

void PendingFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw cannot_write(target_, std::strerror(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

bool PendingFile::commit() {
  const bool durable = fsync(file_.get()) == 0;
  // Network and FUSE file systems may not support it.
  const bool unsupported = !durable && (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP);
  if ((!durable && !unsupported) || !file_.close() ||
      rename(temporary_.c_str(), target_.c_str()) != 0)
    throw cannot_write(target_, std::strerror(errno));
  committed_ = true;
  // Makes the new name durable. The file is complete without it.
  const FileDescriptor folder(::open(folder_of(target_).c_str(), O_RDONLY | O_CLOEXEC));
  return folder.valid() && fsync(folder.get()) == 0 && durable;
}

int PendingFile::create(const std::filesystem::path &path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(target_, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw cannot_write(target_, "it exists and is not a regular file");
  }
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  file_created_ = descriptor >= 0;
  return descriptor;
}

bool is_pending_name(std::string_view file_name) {
  if (!file_name.starts_with(kPendingPrefix) || !file_name.ends_with(kPendingSuffix)) return false;
  if (file_name.size() <= kPendingPrefix.size() + kPendingSuffix.size()) return false;
  file_name.remove_prefix(kPendingPrefix.size());
  file_name.remove_suffix(kPendingSuffix.size());
  return file_name.find_first_not_of("0123456789") == std::string_view::npos;
}

Error cannot_write(const std::filesystem::path &path, const std::string &why) {
  return Error(ErrorKind::Failed, "Cannot write file " + quote_path(path) + ": " + why + ".");
}

}  // namespace hyperlips
