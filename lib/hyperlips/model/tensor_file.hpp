// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hyperlips {

enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool };
std::size_t size_of(DType dtype);
const char *to_string(DType dtype);

/// A named tensor: row-major, contiguous, little-endian, aligned for its type. The bytes lie in the
/// file's mapping or in a copy, and live as long as TensorFile::storage.
struct FileTensor {
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;

  std::int64_t elements() const;
  /// The values as float32, whatever the stored type.
  std::vector<float> to_float() const;
};

/// A checkpoint in memory: tensors by name, text metadata, and what keeps the bytes alive.
struct TensorFile {
  std::filesystem::path path;
  std::string format;  ///< "safetensors", "pth (zip)" or "pth (legacy)"
  std::map<std::string, FileTensor> tensors;
  /// __metadata__ of safetensors; numbers and texts beside the tensors of a .pth: global_step, ...
  std::map<std::string, std::string> metadata;
  std::shared_ptr<const void> storage;
};

/// Reads a safetensors file through mmap. Every offset, shape and name is checked: header at most
/// 100 MB, at most 100 000 tensors, contiguous, nothing outside the file. Throws Error{NotFound} or
/// Error{Format} that names the file, the tensor, what was expected and what was found, and
/// Error{Memory}. Only regular files are read. While a file is in use it may be replaced or
/// removed, but not shortened: reading a mapping beyond the end of its file raises SIGBUS.
TensorFile read_safetensors(const std::filesystem::path &path);

/// Reads a PyTorch checkpoint (zip or the older layout) without running anything from it: only the
/// pickle opcodes and the handful of globals that a state dict needs are understood, anything else
/// is refused by name. {state_dict, ...} wrappers are opened, `module.` prefixes removed; tensors
/// with strides are made contiguous, other content such as the optimizer is left out. Errors and
/// limits as for read_safetensors.
TensorFile read_pth(const std::filesystem::path &path);

/// Chooses the reader by the file's first bytes, not by its name.
TensorFile read_checkpoint(const std::filesystem::path &path);

/// A tensor to be written.
struct NewTensor {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Writes a safetensors file to a temporary name in the same folder, syncs and renames it, so that
/// the final name never shows half a file. Throws Error{NotFound} for a missing folder and
/// Error{Failed} when the disk is full, a name is used twice or not UTF-8, or sizes do not match.
void write_safetensors(const std::filesystem::path &path, std::span<const NewTensor> tensors,
                       const std::map<std::string, std::string> &metadata = {});

/// float32 to fp16 (IEEE 754 binary16) or bf16 and back: to nearest, ties to even; beyond the range
/// infinity; NaN stays NaN.
std::uint16_t float_to_half(float value);
float half_to_float(std::uint16_t bits);
std::uint16_t float_to_bfloat16(float value);
float bfloat16_to_float(std::uint16_t bits);

}  // namespace hyperlips
