// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/registry.hpp"

#include <algorithm>
#include <set>

#include "hyperlips/model/architectures.hpp"
#include "hyperlips/model/describe.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

struct Comparison {
  const Architecture *architecture = nullptr;
  std::size_t shared_names = 0;
  std::size_t differences = 0;
  std::string first_difference;  // for the message; empty without differences
};

Comparison compare(const TensorFile &file, const Architecture &architecture) {
  Comparison result{&architecture};
  const auto differs = [&result](const std::string &what) {
    if (result.differences++ == 0) result.first_difference = what;
  };
  std::set<std::string_view> expected_names;
  for (const auto &[name, shape] : architecture.tensors) {
    expected_names.insert(name);
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) {
      differs("tensor " + quote(name) + " of shape " + describe_shape(shape) + " is missing");
      continue;
    }
    ++result.shared_names;
    if (found->second.shape != shape) {
      differs("tensor " + quote(name) + " has shape " + describe_shape(found->second.shape) +
              "; expected shape " + describe_shape(shape));
    }
  }
  for (const auto &[name, tensor] : file.tensors) {
    if (expected_names.contains(name)) continue;
    differs("unexpected tensor " + quote(name) + " of shape " + describe_shape(tensor.shape));
  }
  return result;
}

}  // namespace

std::span<const Architecture> architectures() {
  static const std::vector<Architecture> all = make_architectures();
  return all;
}

bool is_bank(const TensorFile &file) {
  const auto found = file.metadata.find(kBankKey);
  return found != file.metadata.end() && found->second == kBankValue;
}

const Architecture &identify(const TensorFile &file) {
  if (is_bank(file))
    throw Error(ErrorKind::Format, quote_path(file.path) +
                                       " is a bank of a person's own mouths, not a network. Only "
                                       "hyperlipsbase plays it.");
  Comparison closest;
  std::string known;
  for (const auto &architecture : architectures()) {
    const auto comparison = compare(file, architecture);
    if (comparison.differences == 0) return architecture;
    if (!closest.architecture || comparison.differences < closest.differences) {
      closest = comparison;
    }
    known += (known.empty() ? "" : ", ") + architecture.name;
  }
  const auto subject = "Checkpoint " + quote_path(file.path);
  // A single common name, such as "output_block.1.bias", may be chance.
  if (2 * closest.shared_names < closest.architecture->tensors.size()) {
    const auto content = file.tensors.empty()
                             ? std::string("no tensors")
                             : std::to_string(file.tensors.size()) + " tensors, the first named " +
                                   quote(file.tensors.begin()->first);
    throw Error(ErrorKind::Format, subject + " matches no known network: it has " + content +
                                       "; expected one of " + known + ".");
  }
  throw Error(ErrorKind::Format, subject + " does not match " + closest.architecture->name +
                                     ", the closest network: " + closest.first_difference + " (" +
                                     std::to_string(closest.differences) + " differences).");
}

}  // namespace hyperlips
