// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tests of checkpoint files share.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include <gtest/gtest.h>

#include "common/fixtures.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips::test {

/// A folder that lives as long as the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hyperlips-XXXXXX").string();
    if (mkdtemp(name.data())) path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder &) = delete;
  TemporaryFolder &operator=(const TemporaryFolder &) = delete;

  std::filesystem::path operator/(const std::string &name) const { return path_ / name; }
  const std::filesystem::path &path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline void write_bytes(const std::filesystem::path &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// The reference data beside the checkout, where it exists.
inline std::optional<std::filesystem::path> shared_data() {
  const char *folder = std::getenv("HYPERLIPS_SHARED");
  if (!folder || !std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

/// Runs `action`, which must throw Error of this kind with each of `parts` in its message.
template <typename Action>
void expect_error(ErrorKind kind, const std::vector<std::string> &parts, Action action) {
  try {
    action();
    ADD_FAILURE() << "no error, expected one with " << parts.front();
  } catch (const Error &error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    for (const auto &part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "'" << error.what() << "' lacks '" << part << "'";
    }
  }
}

}  // namespace hyperlips::test
