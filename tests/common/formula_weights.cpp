// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/formula_weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <stdexcept>

#include "hyperlips/model/registry.hpp"

namespace hyperlips::test {
namespace {

constexpr std::uint64_t kSeed = 1;

std::uint64_t fnv1a64(const std::string &text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001B3;
  return hash;
}

/// One of 255 values in -1 ... 1.
double value(std::uint64_t key, std::uint64_t index) {
  std::uint64_t z = key + (index + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  z ^= z >> 31;
  return (static_cast<double>((z >> 40) % 255) - 127) / 127;
}

bool ends_with_part(const std::string &name, const std::string &part) {
  return name.size() > part.size() && name.ends_with(part) &&
         name[name.size() - part.size() - 1] == '.';
}

struct Scale {
  double offset, factor;
};

Scale scale_of(const std::string &name, const std::vector<std::int64_t> &shape,
               std::int64_t elements, bool norm) {
  if (norm) {
    if (ends_with_part(name, "weight")) return {1, 0.25};
    if (ends_with_part(name, "running_var")) return {1, 0.5};
    return {0, 0.1};
  }
  if (shape.size() < 2) return {0, 0.05};
  return {0, std::sqrt(3.0 / (static_cast<double>(elements) / static_cast<double>(shape[0])))};
}

}  // namespace

std::filesystem::path data_folder() {
  const char *folder = std::getenv("HYPERLIPS_TEST_DATA");
  if (folder == nullptr) {
    throw std::runtime_error("HYPERLIPS_TEST_DATA is not set; use meson test");
  }
  return folder;
}

TensorFile formula_checkpoint(const std::string &architecture) {
  const auto all = architectures();
  const auto known = std::ranges::find(all, architecture, &Architecture::name);
  if (known == all.end()) throw std::runtime_error("no architecture " + architecture);
  std::set<std::string> names;
  for (const auto &[name, shape] : known->tensors) names.insert(name);

  auto arena = std::make_shared<std::vector<std::vector<std::byte>>>();
  TensorFile file;
  file.path = "formula weights of " + architecture;
  file.format = "safetensors";
  for (const auto &[name, shape] : known->tensors) {
    FileTensor tensor;
    tensor.shape = shape;
    std::int64_t elements = 1;
    for (const std::int64_t size : tensor.shape) elements *= size;
    std::vector<std::byte> bytes;
    if (ends_with_part(name, "num_batches_tracked")) {
      tensor.dtype = DType::I64;
      bytes.resize(sizeof(std::int64_t));
      *reinterpret_cast<std::int64_t *>(bytes.data()) = 100;
    } else {
      const std::string owner = name.substr(0, name.rfind('.'));
      const Scale scale =
          scale_of(name, tensor.shape, elements, names.contains(owner + ".running_mean"));
      bytes.resize(elements * sizeof(float));
      auto *out = reinterpret_cast<float *>(bytes.data());
      const std::uint64_t key = fnv1a64(name) ^ kSeed;
      for (std::int64_t i = 0; i < elements; ++i) {
        out[i] = static_cast<float>(scale.offset + scale.factor * value(key, i));
      }
    }
    arena->push_back(std::move(bytes));
    tensor.bytes = arena->back();
    file.tensors.emplace(name, tensor);
  }
  file.storage = arena;
  return file;
}

void write_formula_checkpoint(const std::string &architecture, const std::filesystem::path &path) {
  const TensorFile file = formula_checkpoint(architecture);
  std::vector<NewTensor> tensors;
  for (const auto &[name, tensor] : file.tensors) {
    tensors.push_back({name, tensor.dtype, tensor.shape, tensor.bytes});
  }
  write_safetensors(path, tensors);
}

std::string FormulaCheckpoints::path(const std::string &architecture) const {
  const std::filesystem::path path = folder_ / (architecture + ".safetensors");
  if (!std::filesystem::exists(path)) write_formula_checkpoint(architecture, path);
  return path;
}

}  // namespace hyperlips::test
