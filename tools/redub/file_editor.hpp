// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "gst/lib/media/messages.hpp"
#include "util/byte_order.hpp"
#include "util/quote.hpp"

namespace hyperlips::redub {

/// The lowest `bytes` bytes of a number, most significant first.
inline std::string big_endian(std::uint64_t value, int bytes) {
  std::string data(std::size_t(bytes), '\0');
  store_big_endian(value, data);
  return data;
}

/// Reads and overwrites bytes of a finished file. Numbers are big-endian, as in MP4 and Matroska.
/// Reading or writing beyond the end throws std::ios::failure. Goes when mp4_finish.hpp and
/// mkv_finish.hpp do.
class FileEditor {
 public:
  explicit FileEditor(const std::filesystem::path &path)
      : path_(path),
        stream_(path, std::ios::in | std::ios::out | std::ios::binary),
        size_(std::filesystem::file_size(path)) {
    stream_.exceptions(std::ios::badbit | std::ios::failbit);
  }

  std::uint64_t size() const { return size_; }
  void flush() { stream_.flush(); }

  std::string text(std::uint64_t at, std::size_t bytes) {
    std::string data(bytes, '\0');
    stream_.seekg(std::streamoff(at));
    stream_.read(data.data(), std::streamsize(bytes));
    return data;
  }

  void write(std::uint64_t at, const std::string &data) {
    stream_.seekp(std::streamoff(at));
    stream_.write(data.data(), std::streamsize(data.size()));
  }

  /// Replaces the bytes from `begin` to `end` by `data`; the bytes after them move.
  void replace(std::uint64_t begin, std::uint64_t end, const std::string &data) {
    write(begin, data + text(end, std::size_t(size_ - end)));
    flush();
    size_ = size_ - (end - begin) + data.size();
    std::filesystem::resize_file(path_, size_);
  }

  std::uint64_t number(std::uint64_t at, int bytes) {
    return load_big_endian(text(at, std::size_t(bytes)));
  }

  void write(std::uint64_t at, int bytes, std::uint64_t value) {
    write(at, big_endian(value, bytes));
  }

  /// For a file that is not laid out as the known muxers do.
  Error unexpected() const {
    return {ErrorKind::Failed, "Cannot complete the header of " + quote_path(path_) +
                                   ": this version of GStreamer writes an unknown layout. Choose "
                                   "another extension of OUT."};
  }

 private:
  std::filesystem::path path_;
  std::fstream stream_;
  std::uint64_t size_;
};

}  // namespace hyperlips::redub
