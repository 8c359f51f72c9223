// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/pth_parse.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <map>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/pickled_state_dict.hpp"
#include "hyperlips/model/zip_archive.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

static_assert(std::endian::native == std::endian::little, "storages are stored little-endian");

using pickle::Kind;

constexpr std::size_t kMaxPickle = std::size_t{64} << 20;
constexpr std::string_view kLegacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t kLegacyProtocol = 1001;
constexpr std::uint64_t kStorageCost = 192;  ///< bytes of memory of an entry in a map by key

TensorFile read_object(PickledTensors &tensors, TensorFile file, const InspectPth &inspect) {
  const auto order = read_state_dict(tensors, file);
  if (inspect) inspect(tensors, file, order);
  return file;
}

/// Storages by key, loaded when a tensor needs them. One that no tensor kept is freed as soon as
/// another is needed, because all tensors of a file may be copies in another order.
class Storages {
 public:
  using Load = std::function<std::shared_ptr<const Buffer>(const std::string &key,
                                                           const std::string &subject)>;

  Storages(const std::filesystem::path &path, ReadBudget &budget, Load load)
      : path_(path), budget_(budget), load_(std::move(load)) {}

  StoragePart find(const StorageId &id, const std::string &subject) {
    const std::string key(id.key);
    const auto [entry, added] = by_key_.try_emplace(key);
    if (added) budget_.use_memory(kStorageCost);
    auto buffer = entry->second.lock();
    if (!buffer) {
      latest_.reset();
      buffer = load_(key, subject);
      budget_.work(buffer->bytes().size());
      entry->second = buffer;
    }
    latest_ = buffer;
    return {buffer, slice(buffer->bytes(), id, subject)};
  }

 private:
  /// The part of a storage's bytes that an id refers to: all of them, or a view.
  std::span<const std::byte> slice(std::span<const std::byte> bytes, const StorageId &id,
                                   const std::string &subject) const {
    const auto item_size = size_of(id.dtype);
    const auto available = static_cast<std::int64_t>(bytes.size() / item_size);
    const bool fits = id.is_view
                          ? id.view_offset <= available && id.count <= available - id.view_offset
                          : id.count == available && bytes.size() % item_size == 0;
    if (!fits) {
      throw damaged(path_, "PyTorch checkpoint",
                    "storage " + quote(id.key) + " of " + subject + " has " +
                        std::to_string(bytes.size()) + " bytes; expected " +
                        std::to_string(id.count) + " elements of type " + to_string(id.dtype) +
                        ". Copy or download the file again.");
    }
    return bytes.subspan(static_cast<std::size_t>(id.view_offset) * item_size,
                         static_cast<std::size_t>(id.count) * item_size);
  }

  const std::filesystem::path &path_;
  ReadBudget &budget_;
  Load load_;
  std::map<std::string, std::weak_ptr<const Buffer>> by_key_;
  std::shared_ptr<const Buffer> latest_;
};

// The zip layout: the object is in NAME/data.pkl, each storage in NAME/data/KEY.

std::string find_prefix(const ZipArchive &zip, const std::filesystem::path &path) {
  constexpr std::string_view kPickleName = "data.pkl";
  std::optional<std::string> prefix;
  for (const auto &[name, member] : zip.members()) {
    if (!name.ends_with(kPickleName)) continue;
    auto candidate = name.substr(0, name.size() - kPickleName.size());
    if (!candidate.empty() && candidate.back() != '/') continue;
    if (prefix) {
      throw damaged(path, "PyTorch checkpoint", "multiple members named data.pkl.");
    }
    prefix = std::move(candidate);
  }
  if (!prefix) {
    throw damaged(path, "PyTorch checkpoint",
                  "zip archive without data.pkl; expected one written by torch.save.");
  }
  return *prefix;
}

TensorFile parse_zip(const ByteSource &source, const std::filesystem::path &path,
                     const InspectPth &inspect) {
  const auto storage = std::make_shared<TensorStorage>(source.size(), path, "PyTorch checkpoint");
  const ZipArchive zip(source, path, storage->budget());
  const auto prefix = find_prefix(zip, path);
  const auto fail = [&](const std::string &problem) {
    return damaged(path, "PyTorch checkpoint", problem + ".");
  };
  if (zip.contains(prefix + "constants.pkl")) {
    throw fail("found a TorchScript program; expected a state dict written by torch.save");
  }
  if (zip.contains(prefix + "byteorder")) {
    const auto order = zip.read(prefix + "byteorder", *storage);
    const std::string_view text(reinterpret_cast<const char *>(order->bytes().data()),
                                order->bytes().size());
    if (text != "little") {
      throw fail("unsupported byte order " + quote(text) + "; expected little-endian");
    }
  }
  const auto pickle_name = prefix + "data.pkl";
  if (zip.size(pickle_name) > kMaxPickle) {
    throw fail("data.pkl has " + std::to_string(zip.size(pickle_name)) +
               " bytes; the maximum is 64 MB");
  }
  const auto object = zip.read(pickle_name, *storage);
  auto rest = object->bytes();
  const auto document = pickle::parse(rest, path, storage->budget());
  if (!rest.empty()) throw fail("unexpected bytes after the pickle in data.pkl");

  Storages storages(path, storage->budget(), [&](const auto &key, const auto &subject) {
    const auto member = prefix + "data/" + key;
    if (!zip.contains(member)) {
      throw fail("storage " + quote(key) + " of " + subject + " is missing");
    }
    return zip.read(member, *storage);
  });
  const FindStorage find = [&](const StorageId &id, const std::string &subject) {
    return storages.find(id, subject);
  };
  PickledTensors tensors(document, find, *storage, path);
  return read_object(tensors, {path, "pth (zip)", {}, {}, storage}, inspect);
}

// The legacy layout: pickles of a magic number, a version, system information, the object, and the
// keys of the storages in order; then each storage as its element count and its bytes.

void check_legacy_prelude(std::span<const std::byte> &rest, const std::filesystem::path &path,
                          ReadBudget &budget) {
  const auto fail = [&](const std::string &problem) {
    return damaged(path, "PyTorch checkpoint", problem + ".");
  };
  const auto magic = pickle::parse(rest, path, budget);
  if (magic[magic.root()].kind != Kind::BigInt || magic[magic.root()].text != kLegacyMagic) {
    throw fail("found another pickle; expected one written by torch.save");
  }
  const auto version = pickle::parse(rest, path, budget);
  const auto &number = version[version.root()];
  if (number.kind != Kind::Int || number.integer != kLegacyProtocol) {
    throw fail("unsupported version of the legacy layout; expected 1001");
  }
  const auto system = pickle::parse(rest, path, budget);
  const auto &info = system[system.root()];
  if (info.kind != Kind::Dict) throw fail("invalid system information");
  const auto little = system.find(info, "little_endian");
  if (!little || system[*little].kind != Kind::Bool) throw fail("invalid system information");
  if (system[*little].integer == 0) {
    throw fail("unsupported byte order big-endian; expected little-endian");
  }
}

/// A storage of the legacy layout.
struct LegacyStorage {
  DType dtype = DType::U8;
  std::uint64_t offset = 0, size = 0;  ///< in the file, in bytes
};
using LegacyStorages = std::map<std::string, LegacyStorage>;

/// The element type of each storage, as referenced by the object.
LegacyStorages legacy_types(const pickle::Document &document, const std::filesystem::path &path,
                            ReadBudget &budget) {
  LegacyStorages storages;
  for (const auto &value : document.values()) {
    if (value.kind != Kind::Persistent) continue;
    const auto id = parse_storage_id(document, value, path, "an entry");
    const auto [entry, added] = storages.try_emplace(std::string(id.key));
    if (added) {
      budget.use_memory(kStorageCost);
      entry->second.dtype = id.dtype;
    }
    if (entry->second.dtype != id.dtype) {
      throw damaged(path, "PyTorch checkpoint",
                    "storage " + quote(id.key) + " is used with different types.");
    }
  }
  return storages;
}

/// Finds where the storages of `keys` are, the first at `offset`.
void locate_legacy_storages(LegacyStorages &storages, const pickle::Document &keys,
                            const ByteSource &source, std::uint64_t offset,
                            const std::filesystem::path &path) {
  const auto fail = [&](const std::string &problem) {
    return damaged(path, "PyTorch checkpoint", problem + ".");
  };
  const auto &list = keys[keys.root()];
  if (list.kind != Kind::List) throw fail("invalid list of storages");
  for (const auto ref : keys.items(list)) {
    const auto &key = keys[ref];
    if (key.kind != Kind::String) throw fail("invalid list of storages");
    const auto subject = "storage " + quote(key.text);
    const auto found = storages.find(std::string(key.text.substr(0, kLongestKey + 1)));
    if (found == storages.end()) throw fail(subject + " is not used by a tensor");
    auto &storage = found->second;
    if (storage.offset != 0) throw fail("duplicate " + subject);
    std::uint64_t count = 0;
    if (source.size() - offset < sizeof count) throw fail(subject + " is missing; " + kTruncated);
    source.read(offset, std::as_writable_bytes(std::span(&count, 1)));
    offset += sizeof count;
    const std::uint64_t rest = source.size() - offset;
    if (count > rest / size_of(storage.dtype)) {
      throw fail(subject + " needs " + std::to_string(count) + " elements of type " +
                 to_string(storage.dtype) + ", but only " + std::to_string(rest) +
                 " bytes follow; " + kTruncated);
    }
    storage.offset = offset;
    storage.size = count * size_of(storage.dtype);
    offset += storage.size;
  }
  if (offset != source.size()) {
    throw fail(std::to_string(source.size() - offset) + " unexpected bytes after the last storage");
  }
}

/// Parses a file whose pickles are in its first `start` bytes. Throws pickle::Truncated if they are
/// longer.
TensorFile parse_legacy(const ByteSource &source, std::uint64_t start,
                        const std::filesystem::path &path, const InspectPth &inspect) {
  const auto storage = std::make_shared<TensorStorage>(source.size(), path, "PyTorch checkpoint");
  const auto pickles = storage->allocate(start);
  source.read(0, pickles->bytes());
  std::span<const std::byte> rest = pickles->bytes();
  check_legacy_prelude(rest, path, storage->budget());
  const auto document = pickle::parse(rest, path, storage->budget());
  const auto keys = pickle::parse(rest, path, storage->budget());
  auto places = legacy_types(document, path, storage->budget());
  locate_legacy_storages(places, keys, source, start - rest.size(), path);

  Storages storages(path, storage->budget(), [&](const auto &key, const auto &subject) {
    const auto found = places.find(key);
    if (found == places.end() || found->second.offset == 0) {
      throw damaged(path, "PyTorch checkpoint",
                    "storage " + quote(key) + " of " + subject + " is missing.");
    }
    const auto buffer = storage->allocate(found->second.size);
    source.read(found->second.offset, buffer->bytes());
    return buffer;
  });
  const FindStorage find = [&](const StorageId &id, const std::string &subject) {
    return storages.find(id, subject);
  };
  PickledTensors tensors(document, find, *storage, path);
  return read_object(tensors, {path, "pth (legacy)", {}, {}, storage}, inspect);
}

/// Where the pickles end is not known before they are parsed: reads more until they are complete.
TensorFile parse_legacy(const ByteSource &source, const std::filesystem::path &path,
                        const InspectPth &inspect) {
  constexpr std::uint64_t kFirstPart = 1 << 20;
  for (std::uint64_t part = kFirstPart;; part *= 2) {
    const std::uint64_t start = std::min<std::uint64_t>({part, source.size(), kMaxPickle});
    try {
      return parse_legacy(source, start, path, inspect);
    } catch (const pickle::Truncated &) {
      if (start == source.size()) throw;
      if (start == kMaxPickle) {
        throw damaged(path, "PyTorch checkpoint", "its pickles are longer than 64 MB.");
      }
    }
  }
}

bool begins_with(std::span<const std::byte> start, std::string_view magic) {
  return start.size() >= magic.size() && std::memcmp(start.data(), magic.data(), magic.size()) == 0;
}

bool is_zip(std::span<const std::byte> start) {
  return begins_with(start, "PK\x03\x04") || begins_with(start, "PK\x05\x06");
}

bool is_pickle(std::span<const std::byte> start) {
  return start.size() >= 2 && start[0] == std::byte{0x80} && start[1] >= std::byte{2} &&
         start[1] <= std::byte{5};
}

}  // namespace

bool looks_like_pth(std::span<const std::byte> start) { return is_zip(start) || is_pickle(start); }

TensorFile parse_pth(const ByteSource &file, const std::filesystem::path &path,
                     const InspectPth &inspect) {
  std::array<std::byte, 4> bytes{};
  const auto start = std::span(bytes).first(std::min<std::uint64_t>(file.size(), bytes.size()));
  file.read(0, start);
  if (is_zip(start)) return parse_zip(file, path, inspect);
  if (is_pickle(start)) return parse_legacy(file, path, inspect);
  throw damaged(path, "PyTorch checkpoint",
                "unknown file type; expected a zip archive or pickle written by torch.save.");
}

}  // namespace hyperlips
