// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/audio/mel.hpp"

namespace hyperlips::training {

/// How a pack keeps its pictures.
enum class CropCoding : std::uint32_t {
  Raw = 0,   ///< B, G, R bytes, 48 KiB each
  Jpeg = 1,  ///< quality 95
};

struct PackedClip {
  std::string name;  ///< SPEAKER/CLIP
  std::uint64_t number = 0;
  int frames = 0;
  bool validation = false;
  std::uint64_t offset = 0, bytes = 0;  ///< of its record in the file
};

/// Face crops of many clips with their speech in one file, docs/crop-pack.md. Any picture can be
/// read at any time; every part that is read is checked against its checksum. Reads rather than
/// maps, so that a network drive that fails gives an error and not a signal. Thread-safe.
class CropPack {
 public:
  /// Reads the index. Throws Error{NotFound} for a file that cannot be opened, Error{Format} that
  /// says what to do for one that is no pack, is damaged, or was never finished.
  explicit CropPack(std::filesystem::path path);
  ~CropPack();
  CropPack(CropPack &&) noexcept;

  const std::filesystem::path &path() const;
  CropCoding coding() const;
  /// JSON: what the pack was made with.
  const std::string &settings() const;
  const std::vector<PackedClip> &clips() const;

  // The rest throws Error{Format} that names the file and the clip for what is damaged,
  // Error{Settings} for a clip or frame that there is not.

  /// CV_8UC3 BGR, 128x128; clip by its place in clips().
  cv::Mat picture(std::size_t clip, int frame) const;
  std::vector<MelColumn> mel(std::size_t clip) const;
  /// Mono, 16 kHz, -1 ... 1.
  std::vector<float> samples(std::size_t clip) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips::training
