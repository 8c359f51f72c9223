// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "error.hpp"

namespace hyperlips {

bool is_utf8(std::string_view text);

/// A name out of a file, fit for a message: in single quotes, valid UTF-8, control characters
/// escaped, cut after 200 bytes.
std::string quote(std::string_view name);
std::string quote_path(const std::filesystem::path &path);

/// "[64, 6, 3, 3]", "[]" for a scalar.
std::string describe_shape(std::span<const std::int64_t> shape);

/// Error{Format} "'FILE' is no usable KIND: PROBLEM".
Error damaged(const std::filesystem::path &path, std::string_view kind, std::string_view problem);

}  // namespace hyperlips
