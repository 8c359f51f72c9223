// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <string>

#include "util/quote.hpp"
#include "util/utf8.hpp"

namespace hyperlips {
namespace {

TEST(Utf8, ValidAndInvalid) {
  for (const auto *good : {"", "plain", "\u00e9", "\u0800", "\ud7ff\ue000", "\uffff", "\U00010000",
                           "\U0010ffff", "a\u00e9b"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  for (const auto *bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82(", "\xff"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
}

TEST(Quote, EscapesAndTruncates) {
  EXPECT_EQ(quote("conv.weight"), "'conv.weight'");
  EXPECT_EQ(quote("caf\u00e9\n\x7f"), "'caf\u00e9\\x0a\\x7f'");
  EXPECT_EQ(quote("\xff\u00e9"), "'\\xff\\xc3\\xa9'");
  EXPECT_EQ(quote(std::string(300, 'x')), "'" + std::string(200, 'x') + "...'");
  EXPECT_EQ(quote(std::string(199, 'x') + "\u00e9"), "'" + std::string(199, 'x') + "...'");
}

}  // namespace
}  // namespace hyperlips
