// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::training {

/// The type of stored weights of a precision: "fp32", "fp16" or "bf16".
DType stored_type(const std::string &precision);

/// Throws Error{Settings} if the file exists.
void refuse_existing(const std::filesystem::path &output);

}  // namespace hyperlips::training
