// SPDX-License-Identifier: LGPL-2.1-or-later
// The file format of crop packs, docs/crop-pack.md. Internal to their reader and writer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/audio/mel.hpp"
#include "hyperlips/face/crop.hpp"
#include "training/data/crop_pack.hpp"

namespace hyperlips::training::crop_pack {

inline constexpr std::uint64_t kAlignment = 64;
inline constexpr std::size_t kHeaderBytes = 64, kRecordBytes = 128, kFrameBytes = 16,
                             kEntryBytes = 96, kTrailerBytes = 64, kNameBytes = 64;
inline constexpr std::uint32_t kRawBytes = 3 * kCropSize * kCropSize;
/// Limits of a clip and of the settings: a damaged size must not make a reader allocate all memory.
inline constexpr std::uint32_t kMaxFrames = 100'000;
inline constexpr std::uint32_t kMaxSettingsBytes = 1 << 20;

inline constexpr std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

/// CRC-32 (as in zip/PNG).
std::uint32_t checksum(std::span<const std::uint8_t> bytes);

struct Header {
  CropCoding coding = CropCoding::Raw;
  std::uint32_t settings_bytes = 0, settings_checksum = 0;
  bool old = false;  ///< read from a file of version 1; write() writes version 2

  /// Offset of the first record.
  std::uint64_t end() const { return aligned(kHeaderBytes + settings_bytes); }
};

/// One picture of a record.
struct FrameEntry {
  std::uint64_t offset = 0;  ///< from the start of the record
  std::uint32_t bytes = 0, checksum = 0;
};

/// A clip's record: this header, the table of frames, mel columns, samples, truth (see
/// clip_truth.hpp; none in files of version 1), pictures.
struct Record {
  std::uint64_t number = 0, bytes = 0;
  std::uint32_t frames = 0, samples = 0, columns = 0;
  std::uint32_t table_checksum = 0, mel_checksum = 0, samples_checksum = 0, truth_bytes = 0;
  std::string name;

  std::uint64_t table_bytes() const { return std::uint64_t{kFrameBytes} * frames; }
  std::uint64_t mel_offset() const { return aligned(kRecordBytes + table_bytes()); }
  std::uint64_t mel_bytes() const { return std::uint64_t{columns} * kMelBands * 4; }
  std::uint64_t samples_offset() const { return aligned(mel_offset() + mel_bytes()); }
  std::uint64_t samples_bytes() const { return std::uint64_t{samples} * 2; }
  std::uint64_t truth_offset() const { return aligned(samples_offset() + samples_bytes()); }
  std::uint64_t pictures_offset() const { return aligned(truth_offset() + truth_bytes); }
};

struct Trailer {
  std::uint64_t index_offset = 0, clips = 0;
  std::uint32_t index_checksum = 0;
};

using Bytes = std::vector<std::uint8_t>;

Bytes write(const Header &header);
Bytes write(const Record &record);
Bytes write(std::span<const FrameEntry> table);
Bytes write(std::span<const PackedClip> index);
Bytes write(const Trailer &trailer);
Bytes write(std::span<const MelColumn> mel);

// The readers return nothing for other data, damaged data, and numbers that contradict each other.

std::optional<Header> read_header(std::span<const std::uint8_t> bytes);
std::optional<Record> read_record(std::span<const std::uint8_t> bytes);
std::optional<Trailer> read_trailer(std::span<const std::uint8_t> bytes);
/// The records must fill the bytes from `begin` to `end` without gaps.
std::optional<std::vector<PackedClip>> read_index(std::span<const std::uint8_t> bytes,
                                                  std::uint64_t begin, std::uint64_t end);
/// The pictures must lie within the record.
std::optional<std::vector<FrameEntry>> read_table(std::span<const std::uint8_t> bytes,
                                                  const Record &record, CropCoding coding);
std::vector<MelColumn> read_mel(std::span<const std::uint8_t> bytes);

/// Reads `bytes` at `offset`. Throws Error{Format} that names the file at its end and on read
/// errors.
void read_at(int file, std::uint64_t offset, std::span<std::uint8_t> bytes,
             const std::filesystem::path &path);

}  // namespace hyperlips::training::crop_pack
