// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hyperlips/error.hpp"
#include "hyperlips/model/read_budget.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::pickle {

/// The globals that a checkpoint may reference. Nothing is ever imported: each is only a tag, and
/// REDUCE only records the arguments.
enum class Global {
  OrderedDict,
  Size,              ///< torch.Size
  RebuildTensor,     ///< torch._utils._rebuild_tensor(storage, offset, shape, stride)
  RebuildTensorV2,   ///< ..._v2(storage, offset, shape, stride, requires_grad, hooks)
  RebuildTensorV3,   ///< ..._v3(v2's arguments, dtype)
  RebuildParameter,  ///< torch._utils._rebuild_parameter(tensor, requires_grad, hooks)
  TypedStorage,      ///< torch.FloatStorage etc.
  UntypedStorage,    ///< sized in bytes
  ScalarType,        ///< torch.float32 etc.
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
  Persistent,  ///< persistent id of data outside the pickle
};

/// Index of a value in its Document. References between values may be cyclic.
using Ref = std::uint32_t;

struct Value {
  Kind kind = Kind::None;
  Global global = Global::OrderedDict;  ///< of Global and Object
  DType dtype = DType::U8;              ///< of TypedStorage and ScalarType
  Ref arguments = 0;                    ///< of Object (always a Tuple) and Persistent
  std::int64_t integer = 0;             ///< value of Bool and Int; index of a container
  double real = 0;
  std::string_view text;  ///< of String, Bytes and BigInt (little-endian), inside the pickle
};

/// One unpickled object: a tree (or graph) of plain values.
class Document {
 public:
  Ref root() const { return root_; }
  const Value &operator[](Ref ref) const { return values_[ref]; }
  const std::deque<Value> &values() const { return values_; }

  /// Items of a Tuple or List.
  std::span<const Ref> items(const Value &value) const {
    return sequences_[static_cast<std::size_t>(value.integer)];
  }
  /// Entries of a Dict, in order.
  std::span<const std::pair<Ref, Ref>> entries(const Value &value) const {
    return dicts_[static_cast<std::size_t>(value.integer)];
  }
  /// Value of the last entry of a Dict with this string key.
  std::optional<Ref> find(const Value &dict, std::string_view key) const;

 private:
  friend class Machine;

  Ref root_ = 0;
  // std::deque never holds twice the memory that it needs.
  std::deque<Value> values_;
  std::deque<std::vector<Ref>> sequences_;
  std::deque<std::vector<std::pair<Ref, Ref>>> dicts_;
};

/// The data ends before the pickle does.
class Truncated : public Error {
 public:
  explicit Truncated(const Error &error) : Error(error) {}
};

/// Reads one pickle of protocol 2 to 5 from the front of `data` and advances `data` past it. Only
/// the opcodes and globals of state dicts are supported; stack, memo and marks are limited, memory
/// and repeated work by `budget`. Throws Truncated, or Error{Format} "'FILE' is not a valid PyTorch
/// checkpoint: ...". `data` must outlive the document.
Document parse(std::span<const std::byte> &data, const std::filesystem::path &path,
               ReadBudget &budget);

}  // namespace hyperlips::pickle
