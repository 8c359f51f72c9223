// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/checkpoint/pickle_writer.hpp"

#include <bit>
#include <cstring>
#include <utility>

namespace hyperlips::training {

static_assert(std::endian::native == std::endian::little, "a pickle is little-endian");

template <typename T>
void PickleWriter::raw(T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  bytes_.append(bytes, sizeof bytes);
}

void PickleWriter::integer(std::int64_t value) {
  if (value == static_cast<std::uint8_t>(value)) {
    bytes_ += 'K';
    raw(static_cast<std::uint8_t>(value));
  } else if (value == static_cast<std::uint16_t>(value)) {
    bytes_ += 'M';
    raw(static_cast<std::uint16_t>(value));
  } else if (value == static_cast<std::int32_t>(value)) {
    bytes_ += 'J';
    raw(static_cast<std::int32_t>(value));
  } else {
    // LONG1: the fewest bytes that keep the sign.
    std::size_t size = sizeof value;
    while (value == (value << (8 * (9 - size))) >> (8 * (9 - size))) --size;
    bytes_ += '\x8a';
    bytes_ += static_cast<char>(size);
    raw(value);
    bytes_.resize(bytes_.size() - (sizeof value - size));
  }
}

void PickleWriter::real(double value) {
  bytes_ += 'G';
  raw(__builtin_bswap64(std::bit_cast<std::uint64_t>(value)));
}

void PickleWriter::text(std::string_view text) {
  std::string object(1, 'X');
  if (refer(object.append(text))) return;
  bytes_ += 'X';
  raw(static_cast<std::uint32_t>(text.size()));
  bytes_ += text;
  memoize();
}

void PickleWriter::global(std::string_view module, std::string_view name) {
  std::string object(1, 'c');
  object.append(module).append(1, '\n').append(name).append(1, '\n');
  if (refer(object)) return;
  bytes_ += object;
  memoize();
}

void PickleWriter::reduce() {
  bytes_ += 'R';
  memoize();
}

std::span<const std::byte> PickleWriter::finish() {
  bytes_ += '.';
  return std::as_bytes(std::span(bytes_));
}

void PickleWriter::memoize() {
  const std::uint32_t index = memoized_++;
  if (index <= 0xff) {
    bytes_ += 'q';
    raw(static_cast<std::uint8_t>(index));
  } else {
    bytes_ += 'r';
    raw(index);
  }
}

bool PickleWriter::refer(std::string object) {
  const auto [entry, added] = memo_.emplace(std::move(object), memoized_);
  if (added) return false;
  if (entry->second <= 0xff) {
    bytes_ += 'h';
    raw(static_cast<std::uint8_t>(entry->second));
  } else {
    bytes_ += 'j';
    raw(entry->second);
  }
  return true;
}

}  // namespace hyperlips::training
