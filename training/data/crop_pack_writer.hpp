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

/// A clip as a pack holds it.
struct PackRecord {
  std::string name;
  std::uint64_t number = 0;
  int frames = 0;
  std::vector<std::uint8_t> bytes;
};

/// Makes a record of crops (CV_8UC3 BGR, 128x128) and of the sound that begins with them (mono,
/// 16 kHz, rounded to 16 bits; the mel columns are those of the rounded samples, as readers of a
/// WAV file compute them). Thread-safe. Throws Error{Settings} for no or too many crops, crops of
/// another size, and a name that is empty or longer than 63 bytes.
PackRecord make_record(std::string name, std::uint64_t number, std::span<const cv::Mat> crops,
                       std::span<const float> samples, CropCoding coding);

/// Makes a pack, or goes on with one. A process that is killed loses at most the clip that it was
/// writing. Holds a lock for as long as it lives. Not thread-safe.
class CropPackWriter {
 public:
  /// `settings` is JSON. A file that has no index is searched for records that are whole; what
  /// follows them is cut off. Throws Error{Settings} when another process writes it, or it is there
  /// with another coding or other settings (naming the first that differs), Error{Format} when it
  /// is no pack, OutputError when it cannot be written.
  CropPackWriter(std::filesystem::path path, CropCoding coding, const std::string &settings);

  /// In the order in which they were added.
  const std::vector<PackedClip> &clips() const { return clips_; }

  /// Throws OutputError, and leaves what was there before.
  void add(const PackRecord &record);

  /// Marks these names (sorted) as clips for validation, the others as clips for training, and
  /// writes the index, without which a pack cannot be read. More can be added later.
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
