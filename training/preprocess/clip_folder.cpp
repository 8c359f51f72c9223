// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/clip_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "util/pending_file.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace fs = std::filesystem;
namespace {

void check(const std::error_code &error, const fs::path &path) {
  if (error) throw output_error(path, error.message());
}

void write_file(const fs::path &path, const char *data, std::size_t size) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file.write(data, std::streamsize(size));
  file.close();
  if (!file) throw output_error(path, std::strerror(errno));
}

}  // namespace

OutputError output_error(const fs::path &path, const std::string &reason) {
  return {ErrorKind::Failed, "Cannot write " + quote_path(path) + ": " + reason +
                                 ". Complete clips are kept: free disk space, or choose another "
                                 "folder, and run the command again."};
}

void make_folders(const fs::path &path) {
  std::error_code error;
  fs::create_directories(path, error);
  check(error, path);
}

void write_text(const fs::path &path, const std::string &text) {
  try {
    PendingFile file(path);
    file.write(std::as_bytes(std::span(text)));
    file.commit();
  } catch (const Error &error) {
    throw OutputError(error.kind(), error.what());
  }
}

ClipFolder::ClipFolder(const fs::path &scratch, fs::path final) : final_(std::move(final)) {
  make_folders(scratch);
  make_folders(final_.parent_path());
  std::string name = (scratch / "clip-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw output_error(name, std::strerror(errno));
  temporary_ = name;
  std::error_code ignored;  // mkdtemp() creates private folders
  fs::permissions(temporary_, fs::status(final_.parent_path(), ignored).permissions(), ignored);
}

ClipFolder::ClipFolder(ClipFolder &&other) noexcept
    : temporary_(std::exchange(other.temporary_, {})), final_(std::move(other.final_)) {}

ClipFolder::~ClipFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

void ClipFolder::write(const std::string &name, std::span<const std::uint8_t> bytes) const {
  write_file(temporary_ / name, reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

void ClipFolder::commit() {
  std::error_code error;
  fs::remove_all(final_, error);
  check(error, final_);
  fs::rename(temporary_, final_, error);
  check(error, final_);
  temporary_.clear();
}

}  // namespace hyperlips::training
