// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// Writes a checkpoint as safetensors. Floating-point tensors of two or more dimensions are stored
/// as `dtype` (F32, F16 or BF16), those of fewer (norms, biases) as F32; integers are copied.
/// Throws Error{Settings} that names the tensor if a value is outside the range of `dtype`, and the
/// errors of write_safetensors().
void write_converted(const std::filesystem::path &path, const TensorFile &file, DType dtype,
                     const std::map<std::string, std::string> &metadata);

}  // namespace hyperlips
