// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include <opencv2/core.hpp>

#include "training/data/clip_source.hpp"

namespace hyperlips::training {

struct ClipStoreOptions {
  /// Limit for the cache of compressed pictures and mel spectrograms.
  std::size_t cache_bytes = std::size_t{1} << 30;
  ClipSource::Report report;
};

/// Reads pictures and sound of clips from their files and caches them in memory, so that epochs
/// after the first do not wait for the disk. A full cache keeps its entries: examples are drawn at
/// random, so no other entries would be used more often.
class ClipStore : public ClipSource {
 public:
  explicit ClipStore(ClipStoreOptions options = {})
      : ClipSource(std::move(options.report)), cache_bytes_(options.cache_bytes) {}

  cv::Mat picture(const Clip &clip, int number, int size) override {
    return picture(clip.picture(number), size);
  }
  MelColumns mel(const Clip &clip) override { return mel(clip.sound()); }
  std::optional<Landmarks> landmarks(const Clip &clip, int number) override;
  std::optional<ClipTruth> truth(const Clip &clip) override;
  Framing framing(const Clip &clip) override;

  /// The same for a file.
  cv::Mat picture(const std::filesystem::path &path, int size);

  /// The mel spectrogram of a WAV file at 16 kHz. Rejects other rates.
  MelColumns mel(const std::filesystem::path &wav);

  std::size_t cached_bytes() const;

 private:
  template <class Read>
  auto truth_of(const Clip &clip, Read read)
      -> std::optional<decltype(read(std::declval<const TruthReader &>()))>;

  using Bytes = std::shared_ptr<const std::vector<std::uint8_t>>;

  Bytes bytes(const std::filesystem::path &path);
  /// The cached value of a file; null if there is none.
  template <class Value>
  Value find(const std::unordered_map<std::string, Value> &cache, const std::string &key) const;
  template <class Value>
  void keep(std::unordered_map<std::string, Value> &cache, const std::string &key,
            const Value &value, std::size_t size);

  std::size_t cache_bytes_;
  mutable std::mutex lock_;  // guards the rest
  std::unordered_map<std::string, Bytes> pictures_;
  std::unordered_map<std::string, MelColumns> mels_;
  std::size_t cached_ = 0;
};

}  // namespace hyperlips::training
