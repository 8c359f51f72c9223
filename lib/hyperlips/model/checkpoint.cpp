// SPDX-License-Identifier: LGPL-2.1-or-later
#include <new>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/pth_parse.hpp"
#include "hyperlips/model/safetensors_parse.hpp"
#include "util/mapped_file.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

template <typename Parse>
auto load(const std::filesystem::path &path, Parse parse) {
  const auto file = MappedFile::open(path);
  try {
    return parse(file->bytes(), path, file);
  } catch (const std::bad_alloc &) {
    throw Error(ErrorKind::Memory,
                "Not enough memory to read model file " + quote_path(path) + ".");
  }
}

}  // namespace

TensorFile read_safetensors(const std::filesystem::path &path) {
  return load(path, parse_safetensors);
}

TensorFile read_pth(const std::filesystem::path &path) { return read_pth(path, {}); }

TensorFile read_pth(const std::filesystem::path &path, const InspectPth &inspect) {
  return load(path, [&](const auto &bytes, const auto &name, const auto &owner) {
    return parse_pth(bytes, name, owner, inspect);
  });
}

TensorFile read_checkpoint(const std::filesystem::path &path) {
  return load(path, [](const auto &bytes, const auto &name, const auto &owner) {
    if (looks_like_safetensors(bytes)) return parse_safetensors(bytes, name, owner);
    if (looks_like_pth(bytes)) return parse_pth(bytes, name, owner);
    throw damaged(name, "model", "expected a safetensors file or a PyTorch checkpoint.");
  });
}

}  // namespace hyperlips
