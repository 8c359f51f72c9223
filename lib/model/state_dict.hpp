// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "model/pickle.hpp"
#include "model/tensor_storage.hpp"

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

/// Fills `file`'s tensors and metadata from a checkpoint's unpickled object: a state dict, or a
/// dictionary with one under "state_dict". Tensors that are not row-major are copied to `storage`.
void read_state_dict(const pickle::Document &document, const FindStorage &find_storage,
                     std::size_t file_size, TensorStorage &storage, TensorFile &file);

}  // namespace hyperlips
