// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/pickled_state_dict.hpp"

#include <array>
#include <charconv>
#include <optional>

#include "util/quote.hpp"

namespace hyperlips {
namespace {

using pickle::Kind;
using pickle::Value;

constexpr std::size_t kLongestMetadata = 4096;
/// A number or short string as metadata; nothing for other values.
std::optional<std::string> scalar_text(const Value &value) {
  switch (value.kind) {
    case Kind::Bool:
      return value.integer ? "true" : "false";
    case Kind::Int:
      return std::to_string(value.integer);
    case Kind::Float: {
      std::array<char, 32> text;
      const auto end = std::to_chars(text.data(), text.data() + text.size(), value.real).ptr;
      return std::string(text.data(), end);
    }
    case Kind::String:
      if (value.text.size() <= kLongestMetadata) return std::string(value.text);
      break;
    default:
      break;
  }
  return std::nullopt;
}

class Reader {
 public:
  Reader(PickledTensors &tensors, TensorFile &file)
      : tensors_(tensors), document_(tensors.document()), file_(file) {}

  std::vector<std::string> run() {
    const auto &root = document_[document_.root()];
    if (root.kind != Kind::Dict) tensors_.fail("expected a dictionary of tensors");
    const auto wrapped = document_.find(root, "state_dict");
    if (!wrapped || document_[*wrapped].kind != Kind::Dict) {
      read_tensors(root);
      return std::move(order_);
    }
    read_tensors(document_[*wrapped]);
    for (const auto &[key_ref, value_ref] : document_.entries(root)) {
      const auto &key = document_[key_ref];
      if (key.kind != Kind::String) continue;
      if (const auto text = scalar_text(document_[value_ref])) add_metadata(key.text, *text);
    }
    return std::move(order_);
  }

 private:
  void read_tensors(const Value &dict) {
    for (const auto &[key_ref, value_ref] : document_.entries(dict)) {
      const auto &key = document_[key_ref];
      const auto &value = document_[value_ref];
      if (key.kind != Kind::String) tensors_.fail("state dict key is not a string");
      if (value.kind == Kind::Object) {
        add_tensor(key.text, value);
      } else if (const auto text = scalar_text(value)) {
        add_metadata(key.text, *text);
      } else {
        tensors_.fail("entry " + quote(key.text) +
                      " is neither a tensor nor a number; expected a state "
                      "dict, or a dictionary with the key 'state_dict'");
      }
    }
    if (file_.tensors.empty()) tensors_.fail("state dict has no tensors");
  }

  /// Keys and texts may be used again and again through the pickle's memo; each use is a copy.
  void add_metadata(std::string_view name, const std::string &text) {
    tensors_.storage().charge_metadata(name.size() + text.size());
    file_.metadata.insert_or_assign(std::string(name), text);
  }

  void add_tensor(std::string_view name, const Value &object) {
    constexpr std::string_view kDataParallelPrefix = "module.";
    if (name.starts_with(kDataParallelPrefix)) name.remove_prefix(kDataParallelPrefix.size());
    if (file_.tensors.size() == kMaxTensors) tensors_.fail("more than 100000 tensors");
    if (!file_.tensors.emplace(name, tensors_.read("tensor " + quote(name), object)).second) {
      tensors_.fail("duplicate tensor " + quote(name));
    }
    order_.emplace_back(name);
  }

  PickledTensors &tensors_;
  const pickle::Document &document_;
  TensorFile &file_;
  std::vector<std::string> order_;
};

}  // namespace

std::vector<std::string> read_state_dict(PickledTensors &tensors, TensorFile &file) {
  return Reader(tensors, file).run();
}

}  // namespace hyperlips
