// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <ranges>
#include <type_traits>

namespace hyperlips {

// Numbers in file formats, whatever the byte order of the processor:
//
//   std::string size(4, '\0');
//   store_big_endian(1234, size);
//   const std::uint64_t again = load_big_endian(size);
//
// A number has as many bytes as the range that holds it, at most 8.

/// A span, array, vector or string of bytes.
template <typename Range>
concept ByteRange = std::ranges::contiguous_range<Range> && std::ranges::sized_range<Range> &&
                    sizeof(std::ranges::range_value_t<Range>) == 1;

/// The unsigned number in the bytes, the lowest 8 bits first.
template <ByteRange Bytes>
constexpr std::uint64_t load_little_endian(const Bytes &bytes) {
  std::uint64_t value = 0;
  int shift = 0;
  for (const auto byte : bytes) {
    value |= std::uint64_t{static_cast<std::uint8_t>(byte)} << shift;
    shift += 8;
  }
  return value;
}

/// The unsigned number in the bytes, the highest 8 bits first.
template <ByteRange Bytes>
constexpr std::uint64_t load_big_endian(const Bytes &bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

/// Fills the bytes with the lower bits of `value`, the lowest 8 first.
template <ByteRange Bytes>
constexpr void store_little_endian(std::uint64_t value, Bytes &&bytes) {
  for (auto &byte : bytes) {
    byte = static_cast<std::remove_reference_t<decltype(byte)>>(value & 0xff);
    value >>= 8;
  }
}

/// Fills the bytes with the lower bits of `value`, the lowest 8 last.
template <ByteRange Bytes>
constexpr void store_big_endian(std::uint64_t value, Bytes &&bytes) {
  int shift = 8 * static_cast<int>(std::ranges::size(bytes));
  for (auto &byte : bytes) {
    shift -= 8;
    byte = static_cast<std::remove_reference_t<decltype(byte)>>(value >> shift & 0xff);
  }
}

}  // namespace hyperlips
