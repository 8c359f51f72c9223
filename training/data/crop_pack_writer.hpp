// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "training/data/crop_pack.hpp"
#include "util/file_descriptor.hpp"

namespace hyperlips::training {

/// A clip in the encoding of the file.
struct PackRecord {
  std::string name;  ///< SPEAKER/CLIP
  std::uint64_t number = 0;
  int frames = 0;
  std::vector<std::uint8_t> bytes;
};

/// Encodes crops (CV_8UC3 BGR, 128x128), their truth (without landmarks: none is stored) and the
/// sound that starts with the first one (mono, 16 kHz, stored with 16 bits; the mel columns are
/// computed from the rounded samples, as for a WAV file). Thread-safe. Throws Error{Settings} for
/// no or too many crops, crops of another size, landmarks of another number, and an empty name or
/// one of more than 63 bytes.
PackRecord make_record(std::string name, std::uint64_t number, std::span<const cv::Mat> crops,
                       std::span<const float> samples, CropCoding coding,
                       const ClipTruth &truth = {});

/// Writes a pack, or adds to an existing one. A process that is killed loses at most the clip that
/// it was writing. Locks the file during its lifetime. Not thread-safe.
class CropPackWriter {
 public:
  /// `settings` is JSON. In a file without an index the complete records are kept and the rest is
  /// cut off. Throws Error{Settings} if another process writes the file, or it has another coding
  /// or other settings (names the first difference), Error{Format} if it is not a pack, OutputError
  /// if it cannot be written.
  CropPackWriter(std::filesystem::path path, CropCoding coding, const std::string &settings);

  /// In the order of add().
  const std::vector<PackedClip> &clips() const { return clips_; }

  /// Throws OutputError and keeps the earlier records.
  void add(const PackRecord &record);

  /// Marks these names (sorted) as validation clips, the others as training clips, and writes the
  /// index, without which a pack cannot be read. More clips can be added later.
  void finish(std::span<const std::string> validation);

 private:
  void begin(CropCoding coding, const std::string &settings);
  void find_clips(std::uint64_t size, std::uint64_t begin, CropCoding coding);
  bool is_whole(const PackedClip &clip, CropCoding coding) const;
  void write_at(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  void cut_at(std::uint64_t size);
  void sync();

  std::filesystem::path path_;
  FileDescriptor file_;
  std::vector<PackedClip> clips_;
  std::uint64_t end_ = 0;  ///< of the last record
  bool has_index_ = false;
};

}  // namespace hyperlips::training
