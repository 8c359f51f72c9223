// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hyperlips {

/// A name from a file or an option for a message: in single quotes, valid UTF-8, control characters
/// escaped as \xNN, cut after 200 bytes.
std::string quote(std::string_view name);

/// A path for a message: in single quotes, never cut, so that the user can find the file.
std::string quote_path(const std::filesystem::path &path);

}  // namespace hyperlips
