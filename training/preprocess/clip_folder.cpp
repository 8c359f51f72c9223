// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/clip_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include <opencv2/imgcodecs.hpp>

namespace hyperlips::training {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void fail(const fs::path &path, const std::string &reason) {
  throw OutputError(ErrorKind::Failed,
                    "\"" + path.string() + "\" cannot be written: " + reason +
                        ". What is complete stays; make room or choose another folder, and start "
                        "again to go on.");
}

void check(const std::error_code &error, const fs::path &path) {
  if (error) fail(path, error.message());
}

void write_file(const fs::path &path, const char *data, std::size_t size) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file.write(data, std::streamsize(size));
  file.close();
  if (!file) fail(path, std::strerror(errno));
}

}  // namespace

std::vector<std::uint8_t> encode_jpeg(const cv::Mat &picture, int quality) {
  std::vector<std::uint8_t> bytes;
  cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
  return bytes;
}

void make_folders(const fs::path &path) {
  std::error_code error;
  fs::create_directories(path, error);
  check(error, path);
}

void write_text(const fs::path &path, const std::string &text) {
  const fs::path temporary = path.string() + ".partial";
  write_file(temporary, text.data(), text.size());
  std::error_code error;
  fs::rename(temporary, path, error);
  check(error, path);
}

ClipFolder::ClipFolder(const fs::path &scratch, fs::path final) : final_(std::move(final)) {
  make_folders(scratch);
  make_folders(final_.parent_path());
  std::string name = (scratch / "clip-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) fail(name, std::strerror(errno));
  temporary_ = name;
  std::error_code ignored;  // mkdtemp's folders are private, those of a data set are not
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
