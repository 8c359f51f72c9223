// SPDX-License-Identifier: LGPL-2.1-or-later
#include <new>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/pth_parse.hpp"
#include "hyperlips/model/safetensors_parse.hpp"
#include "util/byte_source.hpp"
#include "util/foreign_file.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// Opens a file and calls `parse` with it. If `known` does not accept its first bytes, the error
/// says what it is, as far as that is known.
template <typename Known, typename Parse>
TensorFile load(const std::filesystem::path &path, const char *kind, Known known, Parse parse) {
  const FileSource file(path);
  try {
    const std::vector<std::byte> start = file_start(file);
    if (!known(start)) {
      if (const auto what = foreign_file(start); !what.empty()) {
        throw damaged(path, kind, what + ".");
      }
    }
    return parse(file, start);
  } catch (const std::bad_alloc &) {
    throw Error(ErrorKind::Memory,
                "Not enough memory to read model file " + quote_path(path) + ".");
  }
}

}  // namespace

TensorFile read_safetensors(const std::filesystem::path &path) {
  return load(path, "safetensors file", looks_like_safetensors,
              [&](const auto &file, const auto &) { return parse_safetensors(file, path); });
}

TensorFile read_pth(const std::filesystem::path &path) { return read_pth(path, {}); }

TensorFile read_pth(const std::filesystem::path &path, const InspectPth &inspect) {
  return load(path, "PyTorch checkpoint", looks_like_pth,
              [&](const auto &file, const auto &) { return parse_pth(file, path, inspect); });
}

TensorFile read_checkpoint(const std::filesystem::path &path) {
  const auto known = [](std::span<const std::byte> start) {
    return looks_like_safetensors(start) || looks_like_pth(start);
  };
  return load(path, "model", known, [&](const auto &file, const auto &start) {
    if (looks_like_safetensors(start)) return parse_safetensors(file, path);
    if (looks_like_pth(start)) return parse_pth(file, path);
    throw damaged(path, "model", "expected a safetensors file or a PyTorch checkpoint.");
  });
}

}  // namespace hyperlips
