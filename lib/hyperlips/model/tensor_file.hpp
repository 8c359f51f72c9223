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

/// Element types of tensors in checkpoints.
enum class DType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool };
/// Size of an element in bytes.
std::size_t size_of(DType dtype);
/// The name in safetensors: "F32", "BF16", "BOOL", ...
const char *to_string(DType dtype);

/// A tensor of a checkpoint: row-major, contiguous, little-endian, aligned for its type. The bytes
/// are in memory and valid as long as TensorFile::storage exists.
struct FileTensor {
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;

  /// Number of elements; 1 for a scalar.
  std::int64_t elements() const;
  /// The values converted to float32.
  std::vector<float> to_float() const;
};

/// A checkpoint in memory: tensors by name, and string metadata.
struct TensorFile {
  std::filesystem::path path;
  std::string format;  ///< "safetensors", "pth (zip)" or "pth (legacy)"
  std::map<std::string, FileTensor> tensors;
  /// __metadata__ of safetensors; numbers and strings beside the tensors of a .pth, for example
  /// global_step.
  std::map<std::string, std::string> metadata;
  std::shared_ptr<const void> storage;  ///< owns the bytes of all tensors
};

/// Reads a safetensors file. All offsets, shapes and names are checked: the header has at most
/// 100 MB, there are at most 100 000 tensors, their data is contiguous and inside the file. Takes
/// at most as much memory as the file has bytes, plus 64 MB. Throws Error{NotFound} if the file
/// cannot be opened or is not a regular file, Error{Format} that names the file and the tensor if
/// it is invalid or becomes shorter while it is read, and Error{Memory}. The result does not depend
/// on the file any more.
TensorFile read_safetensors(const std::filesystem::path &path);

/// Reads a PyTorch checkpoint (zip or legacy layout). Pickled code is never executed: only the
/// opcodes and globals of state dicts are supported, others are rejected by name. A state dict may
/// be wrapped as {state_dict, ...}; `module.` prefixes are removed, strided tensors are made
/// contiguous, other content such as the optimizer is ignored. Errors and limits as for
/// read_safetensors().
TensorFile read_pth(const std::filesystem::path &path);

/// read_safetensors() or read_pth(), chosen by the first bytes of the file, not by its name.
TensorFile read_checkpoint(const std::filesystem::path &path);

/// A tensor to be written.
struct NewTensor {
  std::string name;  ///< UTF-8
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;  ///< row-major, little-endian
};

/// Writes a safetensors file atomically: to a temporary file in the same folder, which is synced
/// and renamed to `path`. Throws Error{NotFound} if the folder does not exist, and Error{Failed} if
/// the disk is full, a name is used twice or is not UTF-8, or a size does not match its shape.
void write_safetensors(const std::filesystem::path &path, std::span<const NewTensor> tensors,
                       const std::map<std::string, std::string> &metadata = {});

/// Conversion of float32 to fp16 (IEEE 754 binary16) or bf16 and back: rounded to nearest, ties to
/// even; values out of range become infinity, NaN remains NaN.
std::uint16_t float_to_half(float value);
float half_to_float(std::uint16_t bits);
std::uint16_t float_to_bfloat16(float value);
float bfloat16_to_float(std::uint16_t bits);

}  // namespace hyperlips
