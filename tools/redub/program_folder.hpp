// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace hyperlips::redub {

/// The folder of the running program, to find what was built or installed with it. Empty where the
/// system does not tell (no /proc).
inline std::filesystem::path program_folder() {
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
}

}  // namespace hyperlips::redub
