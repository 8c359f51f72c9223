// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "hyperlips/model/pickle.hpp"
#include "hyperlips/model/tensor_storage.hpp"

namespace hyperlips {

/// Longest key of a storage. In all known files it is a number; each use of a key copies it.
inline constexpr std::size_t kLongestKey = 64;

/// A persistent id of a checkpoint's pickle: ("storage", type, key, location, count[, view]).
struct StorageId {
  DType dtype = DType::U8;
  bool untyped = false;  ///< sized in bytes, without a type
  std::string_view key;
  std::int64_t count = 0;  ///< number of elements of this storage or view
  /// Offset in elements from the start of the storage; only the oldest files have views.
  std::int64_t view_offset = 0;
  bool is_view = false;
};

/// Decodes a persistent id. Throws Error{Format}; `subject` names the tensor in its message.
StorageId parse_storage_id(const pickle::Document &document, const pickle::Value &persistent,
                           const std::filesystem::path &path, const std::string &subject);

/// The bytes of a storage, aligned for every type, or a view of it.
struct StoragePart {
  std::shared_ptr<const Buffer> owner;
  std::span<const std::byte> bytes;
};

/// Finds a storage, and loads it if it is not in memory; `subject` is for messages.
using FindStorage = std::function<StoragePart(const StorageId &id, const std::string &subject)>;

/// Decodes the pickled _rebuild_tensor calls of a checkpoint. Row-major tensors share the storage
/// that they are in, others are copied.
class PickledTensors {
 public:
  PickledTensors(const pickle::Document &document, const FindStorage &find_storage,
                 TensorStorage &storage, std::filesystem::path path);

  const pickle::Document &document() const { return document_; }
  TensorStorage &storage() { return storage_; }

  /// `object` is of Kind::Object. Throws Error{Format} with `subject` in its message.
  FileTensor read(const std::string &subject, const pickle::Value &object);

  /// Throws Error{Format} "'FILE' is not a valid PyTorch checkpoint: PROBLEM.".
  [[noreturn]] void fail(const std::string &problem) const;

 private:
  /// Arguments of a _rebuild_tensor call.
  struct Layout {
    StorageId storage;
    DType dtype = DType::F32;
    std::int64_t offset = 0;  ///< in elements
    std::vector<std::int64_t> shape, strides;
    std::int64_t elements = 0;
  };

  const pickle::Value &find_rebuild_call(const std::string &subject,
                                         const pickle::Value &object) const;
  Layout read_layout(const std::string &subject, const pickle::Value &call) const;
  StoragePart find_bytes(const std::string &subject, const Layout &layout) const;
  std::span<const std::byte> make_row_major(const Layout &layout,
                                            std::span<const std::byte> source);
  std::span<const pickle::Ref> arguments_of(const pickle::Value &object) const;
  std::vector<std::int64_t> read_sizes(const std::string &subject, const char *what,
                                       pickle::Ref ref) const;

  const pickle::Document &document_;
  const FindStorage &find_storage_;
  TensorStorage &storage_;
  std::filesystem::path path_;
};

}  // namespace hyperlips
