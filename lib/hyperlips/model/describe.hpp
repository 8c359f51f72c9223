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

/// The end of a problem that only a part of the file explains.
inline constexpr const char *kTruncated = "the file is truncated; copy or download it again";

/// Error{Format} "'FILE' is not a valid KIND: PROBLEM".
Error damaged(const std::filesystem::path &path, std::string_view kind, std::string_view problem);

}  // namespace hyperlips
