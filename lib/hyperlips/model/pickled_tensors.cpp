// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/pickled_tensors.hpp"

#include <algorithm>
#include <cstring>

#include "hyperlips/model/describe.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

using pickle::Document;
using pickle::Global;
using pickle::Kind;
using pickle::Value;

/// Copies a strided tensor row by row, last dimension fastest.
void gather(std::span<const std::byte> source, std::size_t item_size,
            std::span<const std::int64_t> shape, std::span<const std::int64_t> strides,
            std::span<std::byte> target) {
  struct Dimension {
    std::size_t size, step, index = 0;
  };
  // A dimension of one element may have any stride, which must not enter the arithmetic.
  std::vector<Dimension> dimensions;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) continue;
    dimensions.push_back(
        {static_cast<std::size_t>(shape[d]), static_cast<std::size_t>(strides[d]) * item_size});
  }
  std::size_t from = 0;
  for (std::size_t to = 0; to < target.size(); to += item_size) {
    std::memcpy(target.data() + to, source.data() + from, item_size);
    for (auto d = dimensions.rbegin(); d != dimensions.rend(); ++d) {
      from += d->step;
      if (++d->index < d->size) break;
      from -= d->step * d->size;
      d->index = 0;
    }
  }
}

bool within(std::int64_t offset, std::span<const std::int64_t> shape,
            std::span<const std::int64_t> strides, std::int64_t available) {
  if (offset < 0 || offset > available) return false;
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return true;
  std::int64_t last = offset;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    std::int64_t reach = 0;
    if (__builtin_mul_overflow(shape[d] - 1, strides[d], &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      return false;
    }
  }
  return last < available;
}

bool is_row_major(std::span<const std::int64_t> shape, std::span<const std::int64_t> strides) {
  std::int64_t expected = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    if (shape[d] != 1 && strides[d] != expected) return false;
    expected *= shape[d];
  }
  return true;
}

}  // namespace

StorageId parse_storage_id(const Document &document, const Value &persistent,
                           const std::filesystem::path &path, const std::string &subject) {
  const auto fail = [&] {
    return damaged(path, "PyTorch checkpoint", subject + " has an invalid storage id.");
  };
  const auto &tuple = document[persistent.arguments];
  if (tuple.kind != Kind::Tuple) throw fail();
  const auto items = document.items(tuple);
  if (items.size() < 5) throw fail();
  const auto &tag = document[items[0]];
  const auto &type = document[items[1]];
  const auto &key = document[items[2]];
  const auto &count = document[items[4]];
  const bool is_storage = type.kind == Kind::Global && (type.global == Global::TypedStorage ||
                                                        type.global == Global::UntypedStorage);
  if (tag.kind != Kind::String || tag.text != "storage" || !is_storage ||
      key.kind != Kind::String || key.text.size() > kLongestKey || count.kind != Kind::Int ||
      count.integer < 0) {
    throw fail();
  }
  StorageId id{type.dtype, type.global == Global::UntypedStorage, key.text, count.integer};
  if (items.size() < 6 || document[items[5]].kind == Kind::None) return id;
  // (key of the view, offset, size) within the storage.
  const auto &view = document[items[5]];
  if (view.kind != Kind::Tuple || document.items(view).size() != 3) throw fail();
  const auto &offset = document[document.items(view)[1]];
  const auto &size = document[document.items(view)[2]];
  if (offset.kind != Kind::Int || offset.integer < 0 || size.kind != Kind::Int ||
      size.integer < 0) {
    throw fail();
  }
  id.view_offset = offset.integer;
  id.count = size.integer;
  id.is_view = true;
  return id;
}

PickledTensors::PickledTensors(const Document &document, const FindStorage &find_storage,
                               TensorStorage &storage, std::filesystem::path path)
    : document_(document), find_storage_(find_storage), storage_(storage), path_(std::move(path)) {}

void PickledTensors::fail(const std::string &problem) const {
  throw damaged(path_, "PyTorch checkpoint", problem + ".");
}

FileTensor PickledTensors::read(const std::string &subject, const Value &object) {
  Layout layout = read_layout(subject, find_rebuild_call(subject, object));
  storage_.charge_tensor(subject.size(), layout.shape.size());
  const auto source = find_bytes(subject, layout);
  FileTensor result{layout.dtype, {}, {}};
  if (layout.elements > 0 && is_row_major(layout.shape, layout.strides)) {
    storage_.keep(source.owner);
    const auto size = static_cast<std::size_t>(layout.elements) * size_of(layout.dtype);
    result.bytes = source.bytes.first(size);
  } else if (layout.elements > 0) {
    result.bytes = make_row_major(layout, source.bytes);
  }
  result.shape = std::move(layout.shape);
  return result;
}

/// The _rebuild_tensor call itself, which may be wrapped in a _rebuild_parameter call.
const Value &PickledTensors::find_rebuild_call(const std::string &subject,
                                               const Value &object) const {
  const auto *call = &object;
  if (call->global == Global::RebuildParameter) {
    const auto arguments = arguments_of(*call);
    if (arguments.empty()) fail(subject + " is a parameter without a tensor");
    call = &document_[arguments[0]];
  }
  if (call->kind != Kind::Object || call->global == Global::RebuildParameter) {
    fail(subject + " is a parameter without a tensor");
  }
  return *call;
}

PickledTensors::Layout PickledTensors::read_layout(const std::string &subject,
                                                   const Value &call) const {
  const auto fail_tensor = [&](const std::string &problem) { fail(subject + " " + problem); };
  const auto arguments = arguments_of(call);
  const bool third = call.global == Global::RebuildTensorV3;
  if (arguments.size() < (third ? 7 : 4)) fail_tensor("has too few arguments");
  const auto &persistent = document_[arguments[0]];
  if (persistent.kind != Kind::Persistent) fail_tensor("has no storage");

  Layout layout;
  layout.storage = parse_storage_id(document_, persistent, path_, subject);
  layout.dtype = layout.storage.dtype;
  if (third) {
    const auto &type = document_[arguments[6]];
    if (type.kind != Kind::Global || type.global != Global::ScalarType) fail_tensor("has no dtype");
    layout.dtype = type.dtype;
  } else if (layout.storage.untyped) {
    fail_tensor("has an untyped storage and no dtype");
  }
  const auto &offset = document_[arguments[1]];
  if (offset.kind != Kind::Int) fail_tensor("has an offset that is not an integer");
  layout.offset = offset.integer;
  layout.shape = read_sizes(subject, "shape", arguments[2]);
  layout.strides = read_sizes(subject, "strides", arguments[3]);
  if (layout.strides.size() != layout.shape.size()) {
    fail_tensor("has shape " + describe_shape(layout.shape) + " but strides " +
                describe_shape(layout.strides));
  }
  const auto count = count_elements(layout.shape, layout.dtype);
  if (!count) fail_tensor("has invalid shape " + describe_shape(layout.shape));
  layout.elements = *count;
  return layout;
}

/// The tensor's storage from its first element on.
StoragePart PickledTensors::find_bytes(const std::string &subject, const Layout &layout) const {
  const auto item_size = size_of(layout.dtype);
  auto part = find_storage_(layout.storage, subject);
  const auto available = static_cast<std::int64_t>(part.bytes.size() / item_size);
  if (!within(layout.offset, layout.shape, layout.strides, available)) {
    fail(subject + " of shape " + describe_shape(layout.shape) + ", strides " +
         describe_shape(layout.strides) + " and offset " + std::to_string(layout.offset) +
         " does not fit into its storage " + quote(layout.storage.key) + " of " +
         std::to_string(available) + " elements");
  }
  part.bytes = part.bytes.subspan(static_cast<std::size_t>(layout.offset) * item_size);
  return part;
}

/// Strides of 0 repeat a value, so a few bytes could ask for any amount of memory: the storage's
/// budget refuses that.
std::span<const std::byte> PickledTensors::make_row_major(const Layout &layout,
                                                          std::span<const std::byte> source) {
  const auto item_size = size_of(layout.dtype);
  const auto copy = storage_.allocate(static_cast<std::size_t>(layout.elements) * item_size);
  gather(source, item_size, layout.shape, layout.strides, copy->bytes());
  storage_.keep(copy);
  return copy->bytes();
}

std::span<const pickle::Ref> PickledTensors::arguments_of(const Value &object) const {
  return document_.items(document_[object.arguments]);
}

std::vector<std::int64_t> PickledTensors::read_sizes(const std::string &subject, const char *what,
                                                     pickle::Ref ref) const {
  const auto &value = document_[ref];
  const auto fail_sizes = [&](const std::string &problem) {
    fail(subject + " has invalid " + what + ": " + problem);
  };
  if (value.kind != Kind::Tuple && value.kind != Kind::List)
    fail_sizes("expected a list of integers");
  const auto refs = document_.items(value);
  if (refs.size() > kMaxRank) fail_sizes("more than 64 dimensions");
  std::vector<std::int64_t> sizes;
  for (const auto item : refs) {
    const auto &size = document_[item];
    if (size.kind != Kind::Int || size.integer < 0) {
      fail_sizes("expected integers of at least 0");
    }
    sizes.push_back(size.integer);
  }
  return sizes;
}

}  // namespace hyperlips
