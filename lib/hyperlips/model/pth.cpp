// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/pth_parse.hpp"

#include <algorithm>
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

TensorFile read_object(PickledTensors &tensors, TensorFile file, const InspectPth &inspect) {
  const auto order = read_state_dict(tensors, file);
  if (inspect) inspect(tensors, file, order);
  return file;
}

/// Storages by key, with the checks that both layouts share.
class Storages {
 public:
  explicit Storages(const std::filesystem::path &path) : path_(path) {}

  void add(const std::string &key, std::span<const std::byte> bytes) {
    if (!by_key_.emplace(key, bytes).second) {
      throw damaged(path_, "PyTorch checkpoint", "duplicate storage " + quote(key) + ".");
    }
  }

  const std::span<const std::byte> *find(const std::string &key) const {
    const auto found = by_key_.find(key);
    return found == by_key_.end() ? nullptr : &found->second;
  }

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
                        ". The file is truncated or damaged.");
    }
    return bytes.subspan(static_cast<std::size_t>(id.view_offset) * item_size,
                         static_cast<std::size_t>(id.count) * item_size);
  }

 private:
  std::filesystem::path path_;
  std::map<std::string, std::span<const std::byte>> by_key_;
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

TensorFile parse_zip(std::span<const std::byte> bytes, const std::filesystem::path &path,
                     std::shared_ptr<const void> owner, const InspectPth &inspect) {
  ZipArchive zip(bytes, path);
  const auto storage = std::make_shared<TensorStorage>(std::move(owner));
  const auto prefix = find_prefix(zip, path);
  const auto fail = [&](const std::string &problem) {
    return damaged(path, "PyTorch checkpoint", problem + ".");
  };
  if (zip.contains(prefix + "constants.pkl")) {
    throw fail("found a TorchScript program; expected a state dict written by torch.save");
  }
  if (zip.contains(prefix + "byteorder")) {
    const auto order = zip.read(prefix + "byteorder", *storage);
    const std::string_view text(reinterpret_cast<const char *>(order.data()), order.size());
    if (text != "little") {
      throw fail("unsupported byte order " + quote(text) + "; expected little-endian");
    }
  }
  auto object = zip.read(prefix + "data.pkl", *storage);
  if (object.size() > kMaxPickle) {
    throw fail("data.pkl has " + std::to_string(object.size()) + " bytes; the maximum is 64 MB");
  }
  const auto document = pickle::parse(object, path);
  if (!object.empty()) throw fail("unexpected bytes after the pickle in data.pkl");

  Storages storages(path);
  const FindStorage find = [&](const StorageId &id, const std::string &subject) {
    const std::string key(id.key);
    if (!storages.find(key)) {
      const auto member = prefix + "data/" + key;
      if (!zip.contains(member)) {
        throw fail("storage " + quote(key) + " of " + subject + " is missing");
      }
      // Every type's alignment, as several types may share a storage.
      storages.add(key, storage->aligned(zip.read(member, *storage), sizeof(double)));
    }
    return storages.slice(*storages.find(key), id, subject);
  };
  PickledTensors tensors(document, find, bytes.size(), *storage, path);
  return read_object(tensors, {path, "pth (zip)", {}, {}, storage}, inspect);
}

// The legacy layout: pickles of a magic number, a version, system information, the object, and the
// keys of the storages in order; then each storage as its element count and its bytes.

void check_legacy_prelude(std::span<const std::byte> &rest, const std::filesystem::path &path) {
  const auto fail = [&](const std::string &problem) {
    return damaged(path, "PyTorch checkpoint", problem + ".");
  };
  const auto magic = pickle::parse(rest, path);
  if (magic[magic.root()].kind != Kind::BigInt || magic[magic.root()].text != kLegacyMagic) {
    throw fail("found another pickle; expected one written by torch.save");
  }
  const auto version = pickle::parse(rest, path);
  const auto &number = version[version.root()];
  if (number.kind != Kind::Int || number.integer != kLegacyProtocol) {
    throw fail("unsupported version of the legacy layout; expected 1001");
  }
  const auto system = pickle::parse(rest, path);
  const auto &info = system[system.root()];
  if (info.kind != Kind::Dict) throw fail("invalid system information");
  const auto little = system.find(info, "little_endian");
  if (!little || system[*little].kind != Kind::Bool) throw fail("invalid system information");
  if (system[*little].integer == 0) {
    throw fail("unsupported byte order big-endian; expected little-endian");
  }
}

/// The element type of each storage, as referenced by the object.
std::map<std::string, DType> legacy_types(const pickle::Document &document,
                                          const std::filesystem::path &path) {
  std::map<std::string, DType> types;
  for (const auto &value : document.values()) {
    if (value.kind != Kind::Persistent) continue;
    const auto id = parse_storage_id(document, value, path, "an entry");
    const auto [entry, added] = types.emplace(id.key, id.dtype);
    if (!added && entry->second != id.dtype) {
      throw damaged(path, "PyTorch checkpoint",
                    "storage " + quote(id.key) + " is used with different types.");
    }
  }
  return types;
}

TensorFile parse_legacy(std::span<const std::byte> bytes, const std::filesystem::path &path,
                        std::shared_ptr<const void> owner, const InspectPth &inspect) {
  const auto fail = [&](const std::string &problem) {
    return damaged(path, "PyTorch checkpoint", problem + ".");
  };
  auto rest = bytes;
  check_legacy_prelude(rest, path);
  const auto document = pickle::parse(rest, path);
  const auto keys = pickle::parse(rest, path);
  if (keys[keys.root()].kind != Kind::List) throw fail("invalid list of storages");

  const auto types = legacy_types(document, path);
  const auto storage = std::make_shared<TensorStorage>(std::move(owner));
  Storages storages(path);
  for (const auto ref : keys.items(keys[keys.root()])) {
    const auto &key = keys[ref];
    if (key.kind != Kind::String) throw fail("invalid list of storages");
    const auto subject = "storage " + quote(key.text);
    const auto type = types.find(std::string(key.text));
    if (type == types.end()) throw fail(subject + " is not used by a tensor");
    std::uint64_t count = 0;
    if (rest.size() < sizeof count) throw fail(subject + " is missing; the file is truncated");
    std::memcpy(&count, rest.data(), sizeof count);
    rest = rest.subspan(sizeof count);
    if (count > rest.size() / size_of(type->second)) {
      throw fail(subject + " needs " + std::to_string(count) + " elements of type " +
                 to_string(type->second) + ", but only " + std::to_string(rest.size()) +
                 " bytes follow; the file is truncated");
    }
    const auto size = count * size_of(type->second);
    storages.add(type->first, rest.first(size));
    rest = rest.subspan(size);
  }
  if (!rest.empty()) {
    throw fail(std::to_string(rest.size()) + " unexpected bytes after the last storage");
  }

  std::map<std::string, std::span<const std::byte>> aligned;
  const FindStorage find = [&](const StorageId &id, const std::string &subject) {
    const std::string key(id.key);
    const auto *found = storages.find(key);
    if (!found) throw fail("storage " + quote(key) + " of " + subject + " is missing");
    const auto [entry, added] = aligned.try_emplace(key);
    if (added) entry->second = storage->aligned(*found, sizeof(double));
    return storages.slice(entry->second, id, subject);
  };
  PickledTensors tensors(document, find, bytes.size(), *storage, path);
  return read_object(tensors, {path, "pth (legacy)", {}, {}, storage}, inspect);
}

bool begins_with(std::span<const std::byte> file, std::string_view magic) {
  return file.size() >= magic.size() && std::memcmp(file.data(), magic.data(), magic.size()) == 0;
}

bool is_zip(std::span<const std::byte> file) {
  return begins_with(file, "PK\x03\x04") || begins_with(file, "PK\x05\x06");
}

bool is_pickle(std::span<const std::byte> file) {
  return file.size() >= 2 && file[0] == std::byte{0x80} && file[1] >= std::byte{2} &&
         file[1] <= std::byte{5};
}

}  // namespace

bool looks_like_pth(std::span<const std::byte> file) { return is_zip(file) || is_pickle(file); }

TensorFile parse_pth(std::span<const std::byte> file, const std::filesystem::path &path,
                     std::shared_ptr<const void> owner, const InspectPth &inspect) {
  if (is_zip(file)) return parse_zip(file, path, std::move(owner), inspect);
  if (is_pickle(file)) return parse_legacy(file, path, std::move(owner), inspect);
  throw damaged(path, "PyTorch checkpoint",
                "unknown file type; expected a zip archive or pickle written by torch.save.");
}

}  // namespace hyperlips
