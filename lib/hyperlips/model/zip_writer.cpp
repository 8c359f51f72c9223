// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/zip_writer.hpp"

#include <bit>
#include <cstring>

#include <zlib.h>

namespace hyperlips {
namespace {

static_assert(std::endian::native == std::endian::little, "zip records are little-endian");

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint32_t kLargeIn32Bits = 0xffffffff;
constexpr std::uint16_t kLargeIn16Bits = 0xffff;
constexpr std::uint16_t kVersion = 45;         // knows zip64
constexpr std::uint16_t kUtf8Names = 1 << 11;  // flag
constexpr std::uint16_t kFirstDay = 0x21;  // 1980-01-01, so that equal contents give equal files
constexpr std::uint16_t kZip64Extra = 0x0001;
constexpr std::uint16_t kPaddingExtra = 0x4246;  // "FB", as PyTorch pads
constexpr std::size_t kLocalSize = 30, kExtraHeaderSize = 4;

/// A record's fields, one after the other.
class Record {
 public:
  Record &u16(std::uint64_t value) { return number(static_cast<std::uint16_t>(value)); }
  Record &u32(std::uint64_t value) { return number(static_cast<std::uint32_t>(value)); }
  Record &u64(std::uint64_t value) { return number(value); }
  Record &text(std::string_view text) {
    bytes_ += text;
    return *this;
  }

  std::size_t size() const { return bytes_.size(); }
  const std::string &str() const { return bytes_; }
  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(bytes_)); }

 private:
  template <typename T>
  Record &number(T value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof raw);
    return *this;
  }

  std::string bytes_;
};

}  // namespace

ZipWriter::ZipWriter(PendingFile &file, std::uint64_t zip64_from)
    : file_(file), zip64_from_(zip64_from) {}

void ZipWriter::write(std::span<const std::byte> bytes) {
  file_.write(bytes);
  offset_ += bytes.size();
}

void ZipWriter::add(const std::string &name, std::span<const std::byte> content) {
  const auto checksum = static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef *>(content.data()), content.size()));
  members_.push_back({name, checksum, content.size(), offset_});

  const bool large = content.size() >= zip64_from_;
  Record extra;
  if (large) extra.u16(kZip64Extra).u16(16).u64(content.size()).u64(content.size());
  const auto begin = offset_ + kLocalSize + name.size() + extra.size() + kExtraHeaderSize;
  const auto padding = (kAlignment - begin % kAlignment) % kAlignment;
  extra.u16(kPaddingExtra).u16(padding).text(std::string(padding, 'Z'));

  Record header;
  const std::uint64_t size = large ? kLargeIn32Bits : content.size();
  header.text("PK\x03\x04").u16(kVersion).u16(kUtf8Names).u16(0).u16(0).u16(kFirstDay);
  header.u32(checksum).u32(size).u32(size).u16(name.size()).u16(extra.size());
  header.text(name).text(extra.str());
  write(header.bytes());
  write(content);
}

void ZipWriter::finish() {
  const auto begin = offset_;
  for (const auto &member : members_) {
    const bool large = member.size >= zip64_from_, far = member.header_offset >= zip64_from_;
    Record zip64;
    if (large) zip64.u64(member.size).u64(member.size);
    if (far) zip64.u64(member.header_offset);
    Record extra;
    if (zip64.size() > 0) extra.u16(kZip64Extra).u16(zip64.size()).text(zip64.str());

    const std::uint64_t size = large ? kLargeIn32Bits : member.size;
    Record entry;
    entry.text("PK\x01\x02")
        .u16(kVersion)
        .u16(kVersion)
        .u16(kUtf8Names)
        .u16(0)
        .u16(0)
        .u16(kFirstDay);
    entry.u32(member.checksum).u32(size).u32(size).u16(member.name.size()).u16(extra.size());
    entry.u16(0).u16(0).u16(0).u32(0).u32(far ? kLargeIn32Bits : member.header_offset);
    entry.text(member.name).text(extra.str());
    write(entry.bytes());
  }
  const auto end = offset_, size = end - begin;
  const auto count = members_.size();
  const bool zip64 = count >= kLargeIn16Bits || end >= zip64_from_;
  Record record;
  if (zip64) {
    record.text("PK\x06\x06").u64(44).u16(kVersion).u16(kVersion).u32(0).u32(0);
    record.u64(count).u64(count).u64(size).u64(begin);
    record.text("PK\x06\x07").u32(0).u64(end).u32(1);
  }
  const auto entries = zip64 ? kLargeIn16Bits : count;
  record.text("PK\x05\x06").u16(0).u16(0).u16(entries).u16(entries);
  record.u32(zip64 ? kLargeIn32Bits : size).u32(zip64 ? kLargeIn32Bits : begin).u16(0);
  write(record.bytes());
}

}  // namespace hyperlips
