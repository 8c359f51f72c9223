// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "util/file_descriptor.hpp"

namespace hyperlips {

/// The path that stands for standard input.
inline constexpr const char *kStdin = "-";

/// A file to read, and the track to read of it.
struct MediaSource {
  MediaSource(std::string file, int track_number = 0);
  MediaSource(const char *file) : MediaSource(std::string(file)) {}
  MediaSource(const std::filesystem::path &file) : MediaSource(file.string()) {}

  std::string path;  ///< or kStdin
  std::string name;  ///< for messages
  int track = 0;     ///< number among the tracks of its kind, from 1; 0: the default one
};

/// What ends a read before it is complete: one or two flags of the caller, which must outlive the
/// reader.
class Cancel {
 public:
  Cancel(const std::atomic<bool> &flag) : flags_{&flag, &flag} {}
  Cancel(const std::atomic<bool> &flag, const std::atomic<bool> &other) : flags_{&flag, &other} {}
  explicit operator bool() const { return *flags_[0] || *flags_[1]; }

 private:
  std::array<const std::atomic<bool> *, 2> flags_;
};

/// The bytes of a file, a pipe or standard input. A wait for data ends when it is canceled.
class ByteReader {
 public:
  /// Throws Error{NotFound} that names the source.
  ByteReader(const MediaSource &source, const Cancel &cancel);

  /// The number of bytes read, 0 at the end; -EINTR if it was canceled, another negative errno if
  /// reading fails.
  int read(std::uint8_t *bytes, int size);

  bool seekable() const { return size_.has_value(); }
  /// Bytes; none for a pipe.
  std::optional<std::int64_t> size() const { return size_; }
  /// The new position, or a negative errno.
  std::int64_t seek(std::int64_t position, int whence);
  /// Up to `size` bytes at a position, which read() does not notice; none from a pipe.
  std::string peek(std::int64_t position, std::size_t size) const;

  /// Whether read() is waiting for data.
  bool waiting() const { return waiting_; }

 private:
  FileDescriptor file_;
  Cancel cancel_;
  std::optional<std::int64_t> size_;
  std::atomic<bool> waiting_ = false;
};

/// Whether the path can be read only once: a named pipe, a process substitution, standard input.
bool is_pipe(const std::string &path);

/// The content of a pipe in a file without a name, which can be read as often as needed.
class Spool {
 public:
  /// Reads the pipe to its end. Throws Error, also if there is no room for it.
  Spool(const MediaSource &pipe, const Cancel &cancel);

  /// A path that opens the file as long as this object lives.
  std::string path() const { return "/dev/fd/" + std::to_string(file_.get()); }

 private:
  FileDescriptor file_;
};

}  // namespace hyperlips
