// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "hyperlips/model/pickle.hpp"
#include "hyperlips/model/tensor_storage.hpp"

namespace hyperlips {

/// A persistent id of a checkpoint's pickle: ("storage", type, key, location, count[, view]).
struct StorageId {
  DType dtype = DType::U8;
  bool untyped = false;  ///< counted in bytes, of any type
  std::string_view key;
  std::int64_t count = 0;  ///< elements of this storage or view
  /// Elements from the start of the storage; only the oldest files have views.
  std::int64_t view_offset = 0;
  bool is_view = false;
};

/// Decodes a persistent id. Throws Error{Format} with `subject` (a tensor, say) in its message.
StorageId parse_storage_id(const pickle::Document &document, const pickle::Value &persistent,
                           const std::filesystem::path &path, const std::string &subject);

/// The bytes of a storage by its id, aligned for every type; `subject` is for messages.
using FindStorage =
    std::function<std::span<const std::byte>(const StorageId &id, const std::string &subject)>;

/// Makes tensors of a checkpoint's pickled _rebuild_tensor calls. Those that are not row-major are
/// copied to `storage`; all copies together are limited to 4 times the file plus 64 MB.
class PickledTensors {
 public:
  PickledTensors(const pickle::Document &document, const FindStorage &find_storage,
                 std::size_t file_size, TensorStorage &storage, std::filesystem::path path);

  const pickle::Document &document() const { return document_; }

  /// `object` is of Kind::Object. Throws Error{Format} with `subject` in its message.
  FileTensor read(const std::string &subject, const pickle::Value &object);

  /// Throws Error{Format} "'FILE' is no usable PyTorch checkpoint: PROBLEM.".
  [[noreturn]] void fail(const std::string &problem) const;

 private:
  std::span<const pickle::Ref> items(const pickle::Value &object) const;
  std::vector<std::int64_t> read_sizes(const std::string &subject, const char *what,
                                       pickle::Ref ref) const;

  const pickle::Document &document_;
  const FindStorage &find_storage_;
  TensorStorage &storage_;
  std::filesystem::path path_;
  std::size_t copy_budget_;
};

}  // namespace hyperlips
