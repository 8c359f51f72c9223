// SPDX-License-Identifier: LGPL-2.1-or-later
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Decodes a 16-bit format by its definition in IEEE 754: sign, exponent, mantissa.
double decode(std::uint16_t bits, int mantissa_bits, int bias) {
  const int exponent = (bits & 0x7fff) >> mantissa_bits;
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, 1 - bias - mantissa_bits)
                    : std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
  return bits & 0x8000 ? -magnitude : magnitude;
}

struct Format {
  const char *name;
  int mantissa_bits, bias;
  std::uint16_t infinity_bits;
  std::uint16_t (*from_float)(float);
  float (*to_float)(std::uint16_t);
};

class Float16 : public ::testing::TestWithParam<Format> {};

TEST_P(Float16, EveryValue) {
  const auto &format = GetParam();
  for (int bits = 0; bits < 0x10000; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = format.to_float(half);
    const int magnitude = bits & 0x7fff;
    if (magnitude > format.infinity_bits) {
      ASSERT_TRUE(std::isnan(value)) << bits;
      const float quiet = format.to_float(format.from_float(value));
      ASSERT_TRUE(std::isnan(quiet)) << bits;
      ASSERT_EQ(std::signbit(quiet), (bits & 0x8000) != 0) << bits;
      continue;
    }
    const double expected = magnitude == format.infinity_bits
                                ? (bits & 0x8000 ? -kInfinity : kInfinity)
                                : decode(half, format.mantissa_bits, format.bias);
    ASSERT_EQ(static_cast<double>(value), expected) << bits;
    ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
    ASSERT_EQ(format.from_float(value), half) << bits;
  }
}

TEST_P(Float16, RoundsToNearestEven) {
  const auto &format = GetParam();
  // Between each value and the next: just below the middle, the middle, just above it.
  for (int bits = 0; bits < format.infinity_bits; ++bits) {
    const auto low = static_cast<std::uint16_t>(bits);
    const auto high = static_cast<std::uint16_t>(bits + 1);
    const double below = decode(low, format.mantissa_bits, format.bias);
    const double above = decode(high, format.mantissa_bits, format.bias);
    const auto middle = static_cast<float>((below + above) / 2);
    if (std::isinf(middle)) continue;
    const auto even = bits % 2 == 0 ? low : high;
    for (const float sign : {1.0f, -1.0f}) {
      const auto sign_bit = static_cast<std::uint16_t>(sign < 0 ? 0x8000 : 0);
      ASSERT_EQ(format.from_float(sign * middle), even | sign_bit) << bits;
      ASSERT_EQ(format.from_float(sign * std::nextafter(middle, 0.0f)), low | sign_bit) << bits;
      ASSERT_EQ(format.from_float(sign * std::nextafter(middle, kInfinity)), high | sign_bit)
          << bits;
    }
  }
}

TEST_P(Float16, ExtremesOfFloat) {
  const auto &format = GetParam();
  EXPECT_EQ(format.from_float(0.0f), 0);
  EXPECT_EQ(format.from_float(-0.0f), 0x8000);
  EXPECT_EQ(format.from_float(kInfinity), format.infinity_bits);
  EXPECT_EQ(format.from_float(std::numeric_limits<float>::max()), format.infinity_bits);
  EXPECT_EQ(format.from_float(-std::numeric_limits<float>::max()), format.infinity_bits | 0x8000);
  EXPECT_EQ(format.from_float(std::numeric_limits<float>::denorm_min()), 0);
  // The last NaN, whose rounding would overflow into the sign.
  EXPECT_TRUE(std::isnan(format.to_float(format.from_float(std::bit_cast<float>(0x7fffffffu)))));
  EXPECT_TRUE(std::isnan(format.to_float(format.from_float(std::bit_cast<float>(0x7f800001u)))));
}

INSTANTIATE_TEST_SUITE_P(
    Formats, Float16,
    ::testing::Values(Format{"half", 10, 15, 0x7c00, float_to_half, half_to_float},
                      Format{"bfloat16", 7, 127, 0x7f80, float_to_bfloat16, bfloat16_to_float}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(FileTensor, ConvertsAllTypes) {
  const auto check = [](DType dtype, const auto &values, const std::vector<float> &expected) {
    const auto count = static_cast<std::int64_t>(values.size());
    const FileTensor tensor{dtype, {count}, std::as_bytes(std::span(values))};
    EXPECT_EQ(tensor.elements(), count);
    EXPECT_EQ(tensor.bytes.size(), values.size() * size_of(dtype)) << to_string(dtype);
    EXPECT_EQ(tensor.to_float(), expected) << to_string(dtype);
  };
  check(DType::F64, std::vector<double>{-1.5, 1e300}, {-1.5f, kInfinity});
  check(DType::F32, std::vector<float>{-1.5f, 1e30f}, {-1.5f, 1e30f});
  check(DType::F16, std::vector<std::uint16_t>{0xbe00, 0x0001}, {-1.5f, 0x1p-24f});
  check(DType::BF16, std::vector<std::uint16_t>{0xbfc0, 0x0001}, {-1.5f, 0x1p-133f});
  check(DType::I64, std::vector<std::int64_t>{-3, std::int64_t{1} << 40}, {-3, 0x1p40f});
  check(DType::I32, std::vector<std::int32_t>{-3, 1 << 30}, {-3, 0x1p30f});
  check(DType::I16, std::vector<std::int16_t>{-3, 32767}, {-3, 32767});
  check(DType::I8, std::vector<std::int8_t>{-3, 127}, {-3, 127});
  check(DType::U8, std::vector<std::uint8_t>{3, 255}, {3, 255});
  check(DType::Bool, std::vector<std::uint8_t>{0, 1, 2}, {0, 1, 1});
}

}  // namespace
}  // namespace hyperlips
