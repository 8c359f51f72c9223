// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/even_picker.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace hyperlips::training {
namespace {

TEST(EvenPicker, SpreadsItemsEvenly) {
  for (const int length : {0, 1, 4, 5, 9, 100, 1000}) {
    EvenPicker<int> picker(4);
    for (int i = 0; i < length; ++i) {
      if (picker.wants()) picker.keep(i);
    }
    const std::vector<int> picked = picker.items();
    ASSERT_EQ(picked.size(), std::size_t(std::min(length, 4))) << length;
    for (std::size_t i = 0; i + 1 < picked.size(); ++i) EXPECT_LT(picked[i], picked[i + 1]);
    if (length >= 8) {
      EXPECT_EQ(picked[0], 0);
      EXPECT_GE(picked[3], length / 3) << length;
    }
  }
  EvenPicker<int> none(0);
  EXPECT_FALSE(none.wants());
}

}  // namespace
}  // namespace hyperlips::training
