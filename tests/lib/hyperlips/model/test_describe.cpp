// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "hyperlips/model/describe.hpp"

namespace hyperlips {
namespace {

TEST(Describe, Shape) {
  EXPECT_EQ(describe_shape({}), "[]");
  EXPECT_EQ(describe_shape(std::vector<std::int64_t>{64, 6, 3}), "[64, 6, 3]");
}

}  // namespace
}  // namespace hyperlips
