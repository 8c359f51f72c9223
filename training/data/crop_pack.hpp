// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/audio/mel.hpp"
#include "training/data/clip_truth.hpp"

namespace hyperlips::training {

/// Encoding of the pictures in a pack.
enum class CropCoding : std::uint32_t {
  Raw = 0,   ///< B, G, R bytes, 48 KiB per picture
  Jpeg = 1,  ///< quality 95
};

struct PackedClip {
  std::string name;  ///< SPEAKER/CLIP
  std::uint64_t number = 0;
  int frames = 0;
  bool validation = false;
  std::uint64_t offset = 0, bytes = 0;  ///< position and size of its record in the file
};

/// Reader for face crops and speech of many clips in one file, see docs/crop-pack.md. Random
/// access; all data is verified by checksum. Does not map the file, so that a failing network drive
/// causes an error and not a signal. Thread-safe.
///
///   const CropPack pack("synth.crops");
///   for (std::size_t i = 0; i < pack.clips().size(); ++i)
///     cv::Mat first = pack.picture(i, 0);
class CropPack {
 public:
  /// Reads the index. Throws Error{NotFound} for a file that cannot be opened, Error{Format} for
  /// one that is not a pack, is damaged, or has no index yet.
  explicit CropPack(std::filesystem::path path);
  ~CropPack();
  CropPack(CropPack &&) noexcept;

  const std::filesystem::path &path() const;
  CropCoding coding() const;
  /// JSON: the options the pack was made with.
  const std::string &settings() const;
  const std::vector<PackedClip> &clips() const;

  // The rest throws Error{Format} that names file and clip for damaged data, Error{Settings} for a
  // clip (index in clips()) or frame out of range.

  /// CV_8UC3 BGR, 128x128.
  cv::Mat picture(std::size_t clip, int frame) const;
  /// Mel columns, 80 per second.
  std::vector<MelColumn> mel(std::size_t clip) const;
  /// Mono, 16 kHz, -1 ... 1.
  std::vector<float> samples(std::size_t clip) const;

  /// Landmarks, mouth poses and phonemes of a clip; none in packs of earlier versions.
  std::optional<ClipTruth> truth(std::size_t clip) const;
  /// The landmarks of one frame, as in truth().
  std::optional<Landmarks> landmarks(std::size_t clip, int frame) const;
  /// The box of the crops; the published one in packs of earlier versions.
  Framing framing(std::size_t clip) const;

 private:
  std::optional<TruthReader> truth_reader(std::size_t clip) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hyperlips::training
