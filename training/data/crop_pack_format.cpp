// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/crop_pack_format.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <unistd.h>
#include <zlib.h>

#include "hyperlips/error.hpp"
#include "training/data/frame_rate.hpp"
#include "util/byte_order.hpp"
#include "util/quote.hpp"

namespace hyperlips::training::crop_pack {
namespace {

constexpr std::string_view kHeaderTag = "HLCROPS\n", kRecordTag = "CLIP", kTrailerTag = "HLINDEX\n";
/// Records of version 1 have no truth: its size is among the zeros of their header.
constexpr std::uint32_t kVersion = 2, kVersionWithoutTruth = 1, kValidation = 1;

/// A block of fixed size, filled with zeros.
class Block {
 public:
  explicit Block(std::size_t size) : bytes_(size) {}

  void put(std::size_t at, std::uint64_t value, std::size_t count) {
    store_little_endian(value, std::span(bytes_).subspan(at, count));
  }
  void put(std::size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  /// The block with the checksum of the bytes before as its last four bytes.
  Bytes sealed() && {
    const std::size_t end = bytes_.size() - 4;
    put(end, checksum(std::span(bytes_).first(end)), 4);
    return std::move(bytes_);
  }
  Bytes plain() && { return std::move(bytes_); }

 private:
  Bytes bytes_;
};

std::uint64_t u64(std::span<const std::uint8_t> bytes, std::size_t at) {
  return load_little_endian(bytes.subspan(at, 8));
}

std::uint32_t u32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(load_little_endian(bytes.subspan(at, 4)));
}

bool is_sealed(std::span<const std::uint8_t> bytes, std::size_t size, std::string_view tag) {
  return bytes.size() == size && std::equal(tag.begin(), tag.end(), bytes.begin()) &&
         checksum(bytes.first(size - 4)) == u32(bytes, size - 4);
}

std::string name_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  const auto *text = reinterpret_cast<const char *>(bytes.data() + at);
  return {text, strnlen(text, kNameBytes)};
}

bool good_name(std::string_view name) { return !name.empty() && name.size() < kNameBytes; }

}  // namespace

std::uint32_t checksum(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
}

Bytes write(const Header &header) {
  Block block(kHeaderBytes);
  block.put(0, kHeaderTag);
  block.put(8, kVersion, 4);
  block.put(12, kCropSize, 4);
  block.put(16, kFrameRate, 4);
  block.put(20, kMelSampleRate, 4);
  block.put(24, kMelBands, 4);
  block.put(28, static_cast<std::uint32_t>(header.coding), 4);
  block.put(32, header.settings_bytes, 4);
  block.put(36, header.settings_checksum, 4);
  return std::move(block).sealed();
}

std::optional<Header> read_header(std::span<const std::uint8_t> bytes) {
  if (!is_sealed(bytes, kHeaderBytes, kHeaderTag)) return {};
  const std::uint32_t version = u32(bytes, 8);
  const bool known = (version == kVersion || version == kVersionWithoutTruth) &&
                     u32(bytes, 12) == kCropSize && u32(bytes, 16) == kFrameRate &&
                     u32(bytes, 20) == kMelSampleRate && u32(bytes, 24) == kMelBands &&
                     u32(bytes, 28) <= static_cast<std::uint32_t>(CropCoding::Jpeg) &&
                     u32(bytes, 32) <= kMaxSettingsBytes;
  if (!known) return {};
  return Header{static_cast<CropCoding>(u32(bytes, 28)), u32(bytes, 32), u32(bytes, 36),
                version != kVersion};
}

Bytes write(const Record &record) {
  Block block(kRecordBytes);
  block.put(0, kRecordTag);
  block.put(4, record.frames, 4);
  block.put(8, record.bytes, 8);
  block.put(16, record.number, 8);
  block.put(24, record.samples, 4);
  block.put(28, record.columns, 4);
  block.put(32, record.name);
  block.put(96, record.table_checksum, 4);
  block.put(100, record.mel_checksum, 4);
  block.put(104, record.samples_checksum, 4);
  block.put(108, record.truth_bytes, 4);
  return std::move(block).sealed();
}

std::optional<Record> read_record(std::span<const std::uint8_t> bytes) {
  if (!is_sealed(bytes, kRecordBytes, kRecordTag)) return {};
  Record record{.number = u64(bytes, 16),
                .bytes = u64(bytes, 8),
                .frames = u32(bytes, 4),
                .samples = u32(bytes, 24),
                .columns = u32(bytes, 28),
                .table_checksum = u32(bytes, 96),
                .mel_checksum = u32(bytes, 100),
                .samples_checksum = u32(bytes, 104),
                .truth_bytes = u32(bytes, 108),
                .name = name_at(bytes, 32)};
  const bool good = good_name(record.name) && record.frames > 0 && record.frames <= kMaxFrames &&
                    record.samples <= kMaxFrames * (kMelSampleRate / kFrameRate) &&
                    record.columns <= kMaxFrames * std::uint32_t{4} &&
                    record.bytes % kAlignment == 0 && record.bytes >= record.pictures_offset();
  if (!good) return {};
  return record;
}

Bytes write(std::span<const FrameEntry> table) {
  Block block(kFrameBytes * table.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    block.put(kFrameBytes * i, table[i].offset, 8);
    block.put(kFrameBytes * i + 8, table[i].bytes, 4);
    block.put(kFrameBytes * i + 12, table[i].checksum, 4);
  }
  return std::move(block).plain();
}

std::optional<std::vector<FrameEntry>> read_table(std::span<const std::uint8_t> bytes,
                                                  const Record &record, CropCoding coding) {
  if (bytes.size() != record.table_bytes() || checksum(bytes) != record.table_checksum) return {};
  std::vector<FrameEntry> table(record.frames);
  for (std::size_t i = 0; i < table.size(); ++i) {
    FrameEntry &entry = table[i];
    entry = {u64(bytes, kFrameBytes * i), u32(bytes, kFrameBytes * i + 8),
             u32(bytes, kFrameBytes * i + 12)};
    const bool inside = entry.offset >= record.pictures_offset() && entry.offset <= record.bytes &&
                        entry.bytes <= record.bytes - entry.offset;
    if (!inside || entry.bytes == 0 || (coding == CropCoding::Raw && entry.bytes != kRawBytes))
      return {};
  }
  return table;
}

Bytes write(std::span<const PackedClip> index) {
  Block block(kEntryBytes * index.size());
  std::size_t at = 0;
  for (const PackedClip &clip : index) {
    block.put(at, clip.offset, 8);
    block.put(at + 8, clip.bytes, 8);
    block.put(at + 16, clip.number, 8);
    block.put(at + 24, clip.frames, 4);
    block.put(at + 28, clip.validation ? kValidation : 0, 4);
    block.put(at + 32, clip.name);
    at += kEntryBytes;
  }
  return std::move(block).plain();
}

std::optional<std::vector<PackedClip>> read_index(std::span<const std::uint8_t> bytes,
                                                  std::uint64_t begin, std::uint64_t end) {
  std::vector<PackedClip> clips;
  for (std::size_t at = 0; at + kEntryBytes <= bytes.size(); at += kEntryBytes) {
    PackedClip clip{.name = name_at(bytes, at + 32),
                    .number = u64(bytes, at + 16),
                    .frames = static_cast<int>(std::min(u32(bytes, at + 24), kMaxFrames + 1)),
                    .validation = (u32(bytes, at + 28) & kValidation) != 0,
                    .offset = u64(bytes, at),
                    .bytes = u64(bytes, at + 8)};
    const bool good = good_name(clip.name) && clip.frames > 0 && clip.frames <= int(kMaxFrames) &&
                      clip.offset == begin && clip.bytes >= kRecordBytes &&
                      clip.bytes <= end - begin;
    if (!good) return {};
    begin += clip.bytes;
    clips.push_back(std::move(clip));
  }
  if (begin != end || bytes.size() % kEntryBytes != 0) return {};
  return clips;
}

Bytes write(const Trailer &trailer) {
  Block block(kTrailerBytes);
  block.put(0, kTrailerTag);
  block.put(8, trailer.index_offset, 8);
  block.put(16, trailer.clips, 8);
  block.put(24, trailer.index_checksum, 4);
  return std::move(block).sealed();
}

std::optional<Trailer> read_trailer(std::span<const std::uint8_t> bytes) {
  if (!is_sealed(bytes, kTrailerBytes, kTrailerTag)) return {};
  return Trailer{u64(bytes, 8), u64(bytes, 16), u32(bytes, 24)};
}

Bytes write(std::span<const MelColumn> mel) {
  Block block(mel.size() * kMelBands * 4);
  std::size_t at = 0;
  for (const MelColumn &column : mel)
    for (const float value : column) {
      block.put(at, std::bit_cast<std::uint32_t>(value), 4);
      at += 4;
    }
  return std::move(block).plain();
}

std::vector<MelColumn> read_mel(std::span<const std::uint8_t> bytes) {
  std::vector<MelColumn> mel(bytes.size() / (kMelBands * 4));
  std::size_t at = 0;
  for (MelColumn &column : mel)
    for (float &value : column) {
      value = std::bit_cast<float>(u32(bytes, at));
      at += 4;
    }
  return mel;
}

void read_at(int file, std::uint64_t offset, std::span<std::uint8_t> bytes,
             const std::filesystem::path &path) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        pread(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0)
      throw Error(ErrorKind::Format, "Cannot read " + quote_path(path) + " at byte " +
                                         std::to_string(offset + done) + ": " +
                                         (count < 0 ? std::strerror(errno) : "end of file") + ".");
    done += static_cast<std::size_t>(count);
  }
}

}  // namespace hyperlips::training::crop_pack
