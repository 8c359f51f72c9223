// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <system_error>

namespace hyperlips {

/// Tells files apart that are shared once they are open. Time and size are part of it because a
/// rewritten file is another one.
struct FileIdentity {
  std::filesystem::path path;
  std::int64_t time = 0;
  std::uintmax_t size = 0;

  auto operator<=>(const FileIdentity &) const = default;
};

/// The identity of an existing file; sets `error` if there is no such file.
inline FileIdentity file_identity(const std::filesystem::path &file, std::error_code &error) {
  FileIdentity identity;
  identity.path = std::filesystem::canonical(file, error);
  if (error) return identity;
  std::error_code ignored;  // not of a regular file
  identity.time =
      std::filesystem::last_write_time(identity.path, ignored).time_since_epoch().count();
  identity.size = std::filesystem::file_size(identity.path, ignored);
  return identity;
}

}  // namespace hyperlips
