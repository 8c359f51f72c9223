// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <opencv2/core.hpp>

#include "audio/mel.hpp"

namespace hyperlips::training {

using MelColumns = std::shared_ptr<const std::vector<MelColumn>>;

struct ClipStoreOptions {
  /// Bytes of pictures as they are in their files, and of mel spectrograms, that are kept.
  std::size_t cache_bytes = std::size_t{1} << 30;
  /// Told once for each file that cannot be used, in a full sentence. Called from any thread, one
  /// call at a time.
  std::function<void(const std::string &)> report;
};

/// Reads pictures and sound of clips and keeps them in memory, so that epochs after the first do not
/// wait for the disk. Once full, it keeps what it has: examples are drawn at random, so that no
/// other choice would serve better. Thread-safe.
class ClipStore {
 public:
  explicit ClipStore(ClipStoreOptions options = {}) : options_(std::move(options)) {}

  /// CV_8UC3 BGR, scaled bilinearly to size x size where it has another size. Throws
  /// Error{Format} that names the file, and remembers and reports it, when it cannot be read, is no
  /// picture or is cut off.
  cv::Mat picture(const std::filesystem::path &path, int size);

  /// The mel spectrogram of a WAV file at 16 kHz; errors as above, and for other rates.
  MelColumns mel(const std::filesystem::path &wav);

  /// Remembers a file that was read but cannot serve, and throws Error{Format} with `reason`, a full
  /// sentence that names it.
  [[noreturn]] void refuse(const std::filesystem::path &path, const std::string &reason);

  /// Files that could not be used so far.
  std::int64_t unreadable() const;

  std::size_t cached_bytes() const;

 private:
  using Bytes = std::shared_ptr<const std::vector<std::uint8_t>>;

  Bytes bytes(const std::filesystem::path &path);
  void throw_if_refused(const std::string &key) const;
  template <class Value>
  void keep(std::unordered_map<std::string, Value> &cache, const std::string &key,
            const Value &value, std::size_t size);

  ClipStoreOptions options_;
  mutable std::mutex lock_;  // of all below
  std::unordered_map<std::string, Bytes> pictures_;
  std::unordered_map<std::string, MelColumns> mels_;
  std::map<std::string, std::string> refused_;  // reasons by file
  std::size_t cached_ = 0;
  std::mutex report_lock_;
};

}  // namespace hyperlips::training
