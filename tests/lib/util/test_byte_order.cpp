// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/byte_order.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hyperlips {
namespace {

TEST(ByteOrder, LittleEndianBytes) {
  std::array<std::uint8_t, 4> bytes{};
  store_little_endian(0x01020304, bytes);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{4, 3, 2, 1}));
  EXPECT_EQ(load_little_endian(bytes), 0x01020304u);
}

TEST(ByteOrder, BigEndianBytes) {
  std::array<std::uint8_t, 4> bytes{};
  store_big_endian(0x01020304, bytes);
  EXPECT_EQ(bytes, (std::array<std::uint8_t, 4>{1, 2, 3, 4}));
  EXPECT_EQ(load_big_endian(bytes), 0x01020304u);
}

TEST(ByteOrder, AllWidthsRoundTrip) {
  constexpr std::uint64_t kValue = 0xfedcba9876543210;
  for (std::size_t width = 1; width <= 8; ++width) {
    const std::uint64_t expected = width == 8 ? kValue : kValue & ((1ull << (8 * width)) - 1);
    std::vector<std::uint8_t> little(width), big(width);
    store_little_endian(kValue, little);
    store_big_endian(kValue, big);
    EXPECT_EQ(load_little_endian(little), expected) << width;
    EXPECT_EQ(load_big_endian(big), expected) << width;
    EXPECT_EQ(std::vector<std::uint8_t>(little.rbegin(), little.rend()), big) << width;
  }
}

TEST(ByteOrder, CharactersAreUnsigned) {
  std::string text(2, '\0');
  store_big_endian(0x80ff, text);
  EXPECT_EQ(text, "\x80\xff");
  EXPECT_EQ(load_big_endian(text), 0x80ffu);
  EXPECT_EQ(load_little_endian(text), 0xff80u);
}

TEST(ByteOrder, PartsOfABuffer) {
  std::array<std::byte, 6> buffer{};
  store_little_endian(0xabcd, std::span(buffer).subspan(2, 2));
  EXPECT_EQ(buffer[1], std::byte{0});
  EXPECT_EQ(buffer[2], std::byte{0xcd});
  EXPECT_EQ(buffer[3], std::byte{0xab});
  EXPECT_EQ(load_little_endian(std::span(buffer).subspan(1, 4)), 0xabcd00u);
}

}  // namespace
}  // namespace hyperlips
