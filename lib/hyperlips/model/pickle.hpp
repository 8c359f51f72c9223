// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::pickle {

/// The globals that a checkpoint may name. Nothing is ever imported: each is a tag, and a REDUCE of
/// one only records its arguments.
enum class Global {
  OrderedDict,
  Size,              ///< torch.Size
  RebuildTensor,     ///< torch._utils._rebuild_tensor(storage, offset, shape, stride)
  RebuildTensorV2,   ///< ..._v2(storage, offset, shape, stride, requires_grad, hooks)
  RebuildTensorV3,   ///< ..._v3(v2's arguments, dtype)
  RebuildParameter,  ///< torch._utils._rebuild_parameter(tensor, requires_grad, hooks)
  TypedStorage,      ///< torch.FloatStorage and its like
  UntypedStorage,    ///< counted in bytes
  ScalarType,        ///< torch.float32 and its like
};

enum class Kind {
  None,
  Bool,
  Int,
  BigInt,
  Float,
  String,
  Bytes,
  Tuple,
  List,
  Dict,
  Global,
  Object,      ///< a Global called with arguments
  Persistent,  ///< what lies outside the pickle, by its persistent id
};

/// Index of a value; values may refer to each other in cycles.
using Ref = std::uint32_t;

struct Value {
  Kind kind = Kind::None;
  Global global = Global::OrderedDict;  ///< of Global and Object
  DType dtype = DType::U8;              ///< of TypedStorage and ScalarType
  Ref arguments = 0;                    ///< of Object (always a Tuple) and Persistent
  std::int64_t integer = 0;             ///< of Bool and Int; of containers, which one
  double real = 0;
  std::string_view text;  ///< of String, Bytes and BigInt (little-endian), within the pickle
};

/// One unpickled object: a tree (or graph) of plain values.
class Document {
 public:
  Ref root() const { return root_; }
  const Value &operator[](Ref ref) const { return values_[ref]; }
  std::span<const Value> values() const { return values_; }

  /// Of a Tuple or List.
  std::span<const Ref> items(const Value &value) const {
    return sequences_[static_cast<std::size_t>(value.integer)];
  }
  /// Of a Dict, in order.
  std::span<const std::pair<Ref, Ref>> entries(const Value &value) const {
    return dicts_[static_cast<std::size_t>(value.integer)];
  }
  /// The last entry of a Dict with this text as key.
  std::optional<Ref> find(const Value &dict, std::string_view key) const;

 private:
  friend class Machine;

  Ref root_ = 0;
  std::vector<Value> values_;
  std::vector<std::vector<Ref>> sequences_;
  std::vector<std::vector<std::pair<Ref, Ref>>> dicts_;
};

/// Reads one pickle of protocol 2 to 5 from the front of `data` and drops what it read. Only
/// opcodes and globals that state dicts need are understood; sizes, stack, memo and marks are
/// limited. Throws Error{Format} "'FILE' is no usable PyTorch checkpoint: ...". `data` must outlive
/// the document.
Document parse(std::span<const std::byte> &data, const std::filesystem::path &path);

}  // namespace hyperlips::pickle
