// SPDX-License-Identifier: LGPL-2.1-or-later
// Helpers for tests of checkpoint files.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/fixtures.hpp"
#include "common/temporary_folder.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips::test {

/// Runs `action` and expects that it throws an Error of this kind with all `parts` in its message.
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
