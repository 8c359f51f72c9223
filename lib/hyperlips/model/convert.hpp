// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// Writes a checkpoint's tensors as safetensors with weights of two or more dimensions in `dtype`
/// (F32, F16 or BF16); norms, biases and whole numbers stay as precise as they are needed. Throws
/// Error{Settings} that names the tensor when a value lies outside dtype's range, else as
/// write_safetensors.
void write_converted(const std::filesystem::path &path, const TensorFile &file, DType dtype,
                     const std::map<std::string, std::string> &metadata);

}  // namespace hyperlips
