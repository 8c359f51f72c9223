// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "hyperlips/error.hpp"

namespace hyperlips {

/// "[64, 6, 3, 3]", "[]" for a scalar.
std::string describe_shape(std::span<const std::int64_t> shape);

/// Error{Format} "'FILE' is not a valid KIND: PROBLEM".
Error damaged(const std::filesystem::path &path, std::string_view kind, std::string_view problem);

}  // namespace hyperlips
