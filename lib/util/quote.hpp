// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hyperlips {

/// A value for a message, such as a tensor name or an option: in single quotes, as valid UTF-8,
/// with control characters escaped as \xNN, truncated to 200 bytes.
std::string quote(std::string_view name);

/// A path for a message: in single quotes, never truncated.
std::string quote_path(const std::filesystem::path &path);

}  // namespace hyperlips
