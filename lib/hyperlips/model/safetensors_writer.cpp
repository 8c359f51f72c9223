// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/safetensors_parse.hpp"
#include "hyperlips/model/tensor_storage.hpp"
#include "util/pending_file.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

void check(const std::filesystem::path &path, std::span<const NewTensor> tensors) {
  std::set<std::string_view> names;
  for (const auto &tensor : tensors) {
    const auto count = count_elements(tensor.shape, tensor.dtype);
    if (!count || static_cast<std::size_t>(*count) * size_of(tensor.dtype) != tensor.bytes.size()) {
      throw cannot_write(
          path, "tensor " + quote(tensor.name) + " has " + std::to_string(tensor.bytes.size()) +
                    " bytes, which does not match shape " + describe_shape(tensor.shape) +
                    " and type " + to_string(tensor.dtype));
    }
    if (tensor.name == "__metadata__" || !names.insert(tensor.name).second) {
      throw cannot_write(path, "tensor name " + quote(tensor.name) + " is " +
                                   (tensor.name == "__metadata__" ? "reserved" : "used twice"));
    }
  }
  if (tensors.size() > kMaxTensors) throw cannot_write(path, "more than 100000 tensors");
}

std::string make_header(const std::filesystem::path &path,
                        std::span<const NewTensor *const> tensors,
                        const std::map<std::string, std::string> &metadata) {
  std::string text;
  try {
    // ordered_json searches linearly for an existing key, so each entry is printed by itself.
    const auto append = [&text](const std::string &key, const nlohmann::ordered_json &value) {
      text += (text.empty() ? "{" : ",") + nlohmann::json(key).dump() + ":" + value.dump();
    };
    if (!metadata.empty()) append("__metadata__", nlohmann::ordered_json(metadata));
    std::size_t begin = 0;
    for (const auto *tensor : tensors) {
      const std::size_t end = begin + tensor->bytes.size();
      append(tensor->name, {{"dtype", to_string(tensor->dtype)},
                            {"shape", tensor->shape},
                            {"data_offsets", {begin, end}}});
      begin = end;
    }
  } catch (const nlohmann::json::exception &) {
    throw cannot_write(path, "invalid UTF-8 in a tensor name or in metadata");
  }
  text += text.empty() ? "{}" : "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > kMaxSafetensorsHeader) throw cannot_write(path, "header exceeds 100 MB");
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path &path, std::span<const NewTensor> tensors,
                       const std::map<std::string, std::string> &metadata) {
  check(path, tensors);
  // Largest alignment first keeps every tensor aligned without gaps.
  std::vector<const NewTensor *> order;
  for (const auto &tensor : tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const auto *a, const auto *b) {
    const auto size_a = size_of(a->dtype), size_b = size_of(b->dtype);
    return size_a != size_b ? size_a > size_b : a->name < b->name;
  });
  const auto header = make_header(path, order, metadata);
  const std::uint64_t header_size = header.size();

  PendingFile file(path);
  file.write(std::as_bytes(std::span(&header_size, 1)));
  file.write(std::as_bytes(std::span(header)));
  for (const auto *tensor : order) file.write(tensor->bytes);
  file.commit();
}

}  // namespace hyperlips
