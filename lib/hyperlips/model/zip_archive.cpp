// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/zip_archive.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include <zlib.h>

#include "hyperlips/model/describe.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034b50;
constexpr std::uint32_t kEntrySignature = 0x02014b50;
constexpr std::uint32_t kEndSignature = 0x06054b50;
constexpr std::uint32_t kZip64EndSignature = 0x06064b50;
constexpr std::uint32_t kZip64LocatorSignature = 0x07064b50;
constexpr std::size_t kLocalSize = 30;
constexpr std::size_t kEntrySize = 46;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kZip64EndSize = 56;
constexpr std::size_t kZip64LocatorSize = 20;
constexpr std::size_t kMaxComment = 65535;
constexpr std::size_t kMaxMembers = 300'000;  // two tensors' moments per parameter, and more
constexpr std::uint16_t kEncrypted = 1;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;
constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint16_t kLargeIn16Bits = 0xffff;
constexpr std::uint32_t kLargeIn32Bits = 0xffffffff;

/// Little-endian number at `offset`, which lies within `bytes`.
template <typename T>
T number(std::span<const std::byte> bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> file, const std::filesystem::path &path)
    : file_(file), path_(path), inflate_budget_(20 * std::uint64_t{file.size()} + (64 << 20)) {
  read_directory(find_directory());
}

void ZipArchive::fail(const std::string &problem) const {
  throw damaged(path_, "PyTorch checkpoint", "zip archive " + problem + ".");
}

void ZipArchive::fail(const std::string &member, const std::string &problem) const {
  fail("has an invalid member " + quote(member) + ": " + problem);
}

std::span<const std::byte> ZipArchive::slice(std::uint64_t offset, std::uint64_t size,
                                             const char *what) const {
  if (offset > file_.size() || size > file_.size() - offset) {
    fail(std::string("has its ") + what + " outside the file; the file is truncated");
  }
  return file_.subspan(offset, size);
}

ZipArchive::Directory ZipArchive::find_directory() const {
  if (file_.size() < kEndSize) fail("is shorter than its end record; the file is truncated");
  const std::size_t last = file_.size() - kEndSize;
  const std::size_t first = last - std::min(last, kMaxComment);
  for (std::size_t offset = last + 1; offset-- > first;) {
    const auto record = file_.subspan(offset, kEndSize);
    const std::size_t comment = last - offset;
    if (number<std::uint32_t>(record, 0) != kEndSignature ||
        number<std::uint16_t>(record, 20) != comment) {
      continue;
    }
    const Directory directory{number<std::uint16_t>(record, 10), number<std::uint32_t>(record, 12),
                              number<std::uint32_t>(record, 16)};
    if (directory.entries == kLargeIn16Bits || directory.size == kLargeIn32Bits ||
        directory.offset == kLargeIn32Bits) {
      return find_zip64_directory(offset);
    }
    if (number<std::uint16_t>(record, 4) != 0 || number<std::uint16_t>(record, 6) != 0) {
      fail("is part of a split archive; expected a single file");
    }
    return directory;
  }
  fail("has no central directory; the file is truncated");
}

ZipArchive::Directory ZipArchive::find_zip64_directory(std::uint64_t end_record) const {
  if (end_record < kZip64LocatorSize) fail("has no zip64 directory");
  const auto locator = slice(end_record - kZip64LocatorSize, kZip64LocatorSize, "zip64 directory");
  if (number<std::uint32_t>(locator, 0) != kZip64LocatorSignature) {
    fail("has no zip64 directory");
  }
  const auto record = slice(number<std::uint64_t>(locator, 8), kZip64EndSize, "zip64 directory");
  if (number<std::uint32_t>(record, 0) != kZip64EndSignature) fail("has no zip64 directory");
  return {number<std::uint64_t>(record, 32), number<std::uint64_t>(record, 40),
          number<std::uint64_t>(record, 48)};
}

void ZipArchive::read_directory(const Directory &directory) {
  if (directory.entries > kMaxMembers) {
    fail("has " + std::to_string(directory.entries) + " members; the maximum is 300000");
  }
  auto rest = slice(directory.offset, directory.size, "directory");
  const auto take = [&](std::size_t size) {
    if (size > rest.size()) fail("has a truncated directory");
    const auto part = rest.first(size);
    rest = rest.subspan(size);
    return part;
  };
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const auto entry = take(kEntrySize);
    if (number<std::uint32_t>(entry, 0) != kEntrySignature) fail("has a damaged directory");
    Member member{.flags = number<std::uint16_t>(entry, 8),
                  .method = number<std::uint16_t>(entry, 10),
                  .checksum = number<std::uint32_t>(entry, 16),
                  .compressed_size = number<std::uint32_t>(entry, 20),
                  .size = number<std::uint32_t>(entry, 24),
                  .header_offset = number<std::uint32_t>(entry, 42)};
    const auto name = text(take(number<std::uint16_t>(entry, 28)));
    read_zip64_sizes(take(number<std::uint16_t>(entry, 30)), member, name);
    take(number<std::uint16_t>(entry, 32));
    if (!members_.emplace(name, member).second) fail(name, "duplicate name");
  }
}

void ZipArchive::read_zip64_sizes(std::span<const std::byte> extra, Member &member,
                                  const std::string &name) const {
  // Contains only the fields that overflowed, in this order.
  std::vector<std::uint64_t *> missing;
  for (auto *field : {&member.size, &member.compressed_size, &member.header_offset}) {
    if (*field == kLargeIn32Bits) missing.push_back(field);
  }
  while (!missing.empty()) {
    if (extra.size() < 4) fail(name, "zip64 sizes are missing");
    const auto id = number<std::uint16_t>(extra, 0);
    const auto size = number<std::uint16_t>(extra, 2);
    extra = extra.subspan(4);
    if (size > extra.size()) fail(name, "damaged extra field");
    if (id != kZip64Extra) {
      extra = extra.subspan(size);
      continue;
    }
    if (size < missing.size() * sizeof(std::uint64_t)) fail(name, "zip64 sizes are missing");
    for (std::size_t i = 0; i < missing.size(); ++i) {
      *missing[i] = number<std::uint64_t>(extra, i * sizeof(std::uint64_t));
    }
    missing.clear();
  }
}

std::span<const std::byte> ZipArchive::read(const std::string &name, TensorStorage &storage) {
  const auto found = members_.find(name);
  if (found == members_.end()) fail("has no member " + quote(name));
  const auto &member = found->second;
  if (member.flags & kEncrypted) fail(name, "encrypted");

  const auto header = slice(member.header_offset, kLocalSize, "member");
  if (number<std::uint32_t>(header, 0) != kLocalSignature) fail(name, "local header not found");
  const auto name_size = number<std::uint16_t>(header, 26);
  const auto extra_size = number<std::uint16_t>(header, 28);
  if (text(slice(member.header_offset + kLocalSize, name_size, "member")) != name) {
    fail(name, "local header has another name");
  }
  const auto offset = member.header_offset + kLocalSize + name_size + extra_size;
  if (offset > file_.size() || member.compressed_size > file_.size() - offset) {
    fail(name, "content ends beyond the end of the file; the file is truncated");
  }
  auto content = file_.subspan(offset, member.compressed_size);
  if (member.method == kDeflated) {
    content = inflate(content, member, name, storage);
  } else if (member.method != kStored) {
    fail(name, "unsupported compression method " + std::to_string(member.method));
  } else if (member.size != member.compressed_size) {
    fail(name, "sizes " + std::to_string(member.size) + " and " +
                   std::to_string(member.compressed_size) + " of a stored member differ");
  }
  const auto *bytes = reinterpret_cast<const Bytef *>(content.data());
  if (member.checksum != 0 && crc32_z(0, bytes, content.size()) != member.checksum) {
    fail(name, "checksum mismatch");
  }
  return content;
}

std::span<const std::byte> ZipArchive::inflate(std::span<const std::byte> compressed,
                                               const Member &member, const std::string &name,
                                               TensorStorage &storage) {
  // Deflate reaches 1032:1 at most; a larger promise is a lie that would only cost memory.
  if (member.size > inflate_budget_ || member.size / 1100 > compressed.size()) {
    fail(name, "inflated size of " + std::to_string(member.size) + " bytes is too large");
  }
  inflate_budget_ -= member.size;
  const auto content = storage.allocate(member.size);

  struct Stream : z_stream {
    Stream() : z_stream{} {}
    ~Stream() { inflateEnd(this); }
  } stream;
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    throw Error(ErrorKind::Memory, "Not enough memory to inflate " + quote_path(path_) + ".");
  }
  constexpr std::uint64_t kMaxChunk = std::numeric_limits<uInt>::max();
  std::size_t consumed = 0, produced = 0;
  int result = Z_OK;
  do {
    stream.next_in =
        reinterpret_cast<Bytef *>(const_cast<std::byte *>(compressed.data() + consumed));
    stream.avail_in =
        static_cast<uInt>(std::min<std::uint64_t>(compressed.size() - consumed, kMaxChunk));
    stream.next_out = reinterpret_cast<Bytef *>(content.data() + produced);
    stream.avail_out =
        static_cast<uInt>(std::min<std::uint64_t>(content.size() - produced, kMaxChunk));
    const auto in = stream.avail_in, out = stream.avail_out;
    result = ::inflate(&stream, Z_NO_FLUSH);
    consumed += in - stream.avail_in;
    produced += out - stream.avail_out;
  } while (result == Z_OK && consumed < compressed.size() && produced < content.size());
  // With the output full, one more call may be needed to read the end marker.
  if (result == Z_OK) {
    Bytef nothing = 0;
    stream.next_out = &nothing;
    stream.avail_out = 0;
    result = ::inflate(&stream, Z_FINISH);
  }
  if (result != Z_STREAM_END || produced != content.size()) {
    fail(name, "damaged compressed content");
  }
  return content;
}

}  // namespace hyperlips
