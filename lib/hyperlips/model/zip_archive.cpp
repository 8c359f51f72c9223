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
constexpr std::uint64_t kMemberCost = 192;  ///< bytes of memory of an entry beside its name
constexpr std::size_t kInflateStep = 1 << 16;

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

ZipArchive::ZipArchive(const ByteSource &file, const std::filesystem::path &path,
                       ReadBudget &budget)
    : file_(file), path_(path) {
  read_directory(find_directory(), budget);
}

void ZipArchive::fail(const std::string &problem) const {
  throw damaged(path_, "PyTorch checkpoint", "zip archive " + problem + ".");
}

void ZipArchive::fail(const std::string &member, const std::string &problem) const {
  fail("has an invalid member " + quote(member) + ": " + problem);
}

ZipArchive::Bytes ZipArchive::slice(std::uint64_t offset, std::uint64_t size,
                                    const char *what) const {
  if (offset > file_.size() || size > file_.size() - offset) {
    fail(std::string("has its ") + what + " outside the file; " + kTruncated);
  }
  Bytes bytes(size);
  file_.read(offset, bytes);
  return bytes;
}

ZipArchive::Directory ZipArchive::find_directory() const {
  if (file_.size() < kEndSize) fail(std::string("is shorter than its end record; ") + kTruncated);
  const std::uint64_t size = std::min<std::uint64_t>(file_.size(), kMaxComment + kEndSize);
  const std::uint64_t start = file_.size() - size;
  const Bytes tail = slice(start, size, "directory");
  const std::size_t last = tail.size() - kEndSize;
  for (std::size_t offset = last + 1; offset-- > 0;) {
    const auto record = std::span(tail).subspan(offset, kEndSize);
    const std::size_t comment = last - offset;
    if (number<std::uint32_t>(record, 0) != kEndSignature ||
        number<std::uint16_t>(record, 20) != comment) {
      continue;
    }
    const Directory directory{number<std::uint16_t>(record, 10), number<std::uint32_t>(record, 12),
                              number<std::uint32_t>(record, 16)};
    if (directory.entries == kLargeIn16Bits || directory.size == kLargeIn32Bits ||
        directory.offset == kLargeIn32Bits) {
      return find_zip64_directory(start + offset);
    }
    if (number<std::uint16_t>(record, 4) != 0 || number<std::uint16_t>(record, 6) != 0) {
      fail("is part of a split archive; expected a single file");
    }
    return directory;
  }
  fail(std::string("has no central directory; ") + kTruncated);
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

void ZipArchive::read_directory(const Directory &directory, ReadBudget &budget) {
  if (directory.entries > kMaxMembers) {
    fail("has " + std::to_string(directory.entries) + " members; the maximum is 300000");
  }
  const Bytes bytes = slice(directory.offset, directory.size, "directory");
  std::span<const std::byte> rest = bytes;
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
    budget.use_memory(kMemberCost + 2 * name.size());
    if (!members_.emplace(name, member).second) fail(name, "duplicate name");
  }
  separate_members(directory.offset);
}

/// Refuses members that share bytes: a small file could hold any number of large members that way.
void ZipArchive::separate_members(std::uint64_t directory_offset) {
  std::vector<std::pair<const std::string, Member> *> ordered;
  for (auto &member : members_) ordered.push_back(&member);
  std::ranges::sort(ordered, {}, [](const auto *member) { return member->second.header_offset; });
  std::uint64_t next = directory_offset;
  for (auto entry = ordered.rbegin(); entry != ordered.rend(); ++entry) {
    auto &[name, member] = **entry;
    const std::uint64_t headers = kLocalSize + name.size();
    if (member.header_offset > next || headers > next - member.header_offset ||
        member.compressed_size > next - member.header_offset - headers) {
      fail(name, member.header_offset >= file_.size()
                     ? std::string("it lies outside the file; ") + kTruncated
                     : std::string("it overlaps the next member or the directory"));
    }
    member.end = next;
    next = member.header_offset;
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

/// Where the content of a member begins. It ends where no other member is.
std::uint64_t ZipArchive::find_content(const std::string &name, const Member &member) const {
  const Bytes header = slice(member.header_offset, kLocalSize, "member");
  if (number<std::uint32_t>(header, 0) != kLocalSignature) fail(name, "local header not found");
  const auto name_size = number<std::uint16_t>(header, 26);
  const auto extra_size = number<std::uint16_t>(header, 28);
  if (text(slice(member.header_offset + kLocalSize, name_size, "member")) != name) {
    fail(name, "local header has another name");
  }
  const auto offset = member.header_offset + kLocalSize + name_size + extra_size;
  if (offset > member.end || member.compressed_size > member.end - offset) {
    fail(name, "its content reaches beyond the beginning of the next member or the directory");
  }
  return offset;
}

std::shared_ptr<const Buffer> ZipArchive::read(const std::string &name,
                                               const TensorStorage &storage) const {
  const auto found = members_.find(name);
  if (found == members_.end()) fail("has no member " + quote(name));
  const auto &member = found->second;
  if (member.flags & kEncrypted) fail(name, "encrypted");
  if (member.method != kStored && member.method != kDeflated) {
    fail(name, "unsupported compression method " + std::to_string(member.method));
  }
  if (member.method == kStored && member.size != member.compressed_size) {
    fail(name, "sizes " + std::to_string(member.size) + " and " +
                   std::to_string(member.compressed_size) + " of a stored member differ");
  }
  // Deflate reaches 1032:1 at most; a larger promise is a lie that would only cost memory.
  if (member.method == kDeflated && member.size / 1100 > member.compressed_size) {
    fail(name, "inflated size of " + std::to_string(member.size) + " bytes is too large");
  }
  const std::uint64_t offset = find_content(name, member);
  const auto buffer = storage.allocate(member.size);
  const auto content = buffer->bytes();
  if (member.method == kDeflated) {
    inflate(offset, member, name, content);
  } else {
    file_.read(offset, content);
  }
  const auto *bytes = reinterpret_cast<const Bytef *>(content.data());
  if (member.checksum != 0 && crc32_z(0, bytes, content.size()) != member.checksum) {
    fail(name, "checksum mismatch");
  }
  return buffer;
}

void ZipArchive::inflate(std::uint64_t offset, const Member &member, const std::string &name,
                         std::span<std::byte> content) const {
  struct Stream : z_stream {
    Stream() : z_stream{} {}
    ~Stream() { inflateEnd(this); }
  } stream;
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    throw Error(ErrorKind::Memory, "Not enough memory to inflate " + quote_path(path_) + ".");
  }
  constexpr std::uint64_t kMaxChunk = std::numeric_limits<uInt>::max();
  Bytes input(std::min<std::uint64_t>(member.compressed_size, kInflateStep));
  std::uint64_t left = member.compressed_size;
  std::size_t produced = 0;
  int result = Z_OK;
  // Each call makes progress, or returns an error. With all output there, the end marker is read.
  while (result == Z_OK) {
    if (stream.avail_in == 0 && left > 0) {
      const auto part = std::span(input).first(std::min<std::uint64_t>(left, input.size()));
      file_.read(offset, part);
      offset += part.size();
      left -= part.size();
      stream.next_in = reinterpret_cast<Bytef *>(part.data());
      stream.avail_in = static_cast<uInt>(part.size());
    }
    stream.next_out = reinterpret_cast<Bytef *>(content.data() + produced);
    stream.avail_out =
        static_cast<uInt>(std::min<std::uint64_t>(content.size() - produced, kMaxChunk));
    const auto out = stream.avail_out;
    result = ::inflate(&stream, Z_NO_FLUSH);
    produced += out - stream.avail_out;
  }
  if (result != Z_STREAM_END || produced != content.size()) {
    fail(name, "damaged compressed content");
  }
}

}  // namespace hyperlips
