// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/tensor_file.hpp"

#include <bit>
#include <cstring>

namespace hyperlips {
namespace {

template <typename Stored, typename Convert>
void convert(std::span<const std::byte> bytes, std::span<float> out, Convert to_float) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored value;
    std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
    out[i] = to_float(value);
  }
}

template <typename Stored>
void convert_number(std::span<const std::byte> bytes, std::span<float> out) {
  convert<Stored>(bytes, out, [](Stored value) { return static_cast<float>(value); });
}

}  // namespace

std::size_t size_of(DType dtype) {
  switch (dtype) {
    case DType::F64:
    case DType::I64:
      return 8;
    case DType::F32:
    case DType::I32:
      return 4;
    case DType::F16:
    case DType::BF16:
    case DType::I16:
      return 2;
    case DType::I8:
    case DType::U8:
    case DType::Bool:
      break;
  }
  return 1;
}

const char *to_string(DType dtype) {
  switch (dtype) {
    case DType::F64:
      return "F64";
    case DType::F32:
      return "F32";
    case DType::F16:
      return "F16";
    case DType::BF16:
      return "BF16";
    case DType::I64:
      return "I64";
    case DType::I32:
      return "I32";
    case DType::I16:
      return "I16";
    case DType::I8:
      return "I8";
    case DType::U8:
      return "U8";
    case DType::Bool:
      break;
  }
  return "BOOL";
}

std::int64_t FileTensor::elements() const {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return count;
}

std::vector<float> FileTensor::to_float() const {
  std::vector<float> values(static_cast<std::size_t>(elements()));
  switch (dtype) {
    case DType::F64:
      convert_number<double>(bytes, values);
      break;
    case DType::F32:
      if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
      break;
    case DType::F16:
      convert<std::uint16_t>(bytes, values, half_to_float);
      break;
    case DType::BF16:
      convert<std::uint16_t>(bytes, values, bfloat16_to_float);
      break;
    case DType::I64:
      convert_number<std::int64_t>(bytes, values);
      break;
    case DType::I32:
      convert_number<std::int32_t>(bytes, values);
      break;
    case DType::I16:
      convert_number<std::int16_t>(bytes, values);
      break;
    case DType::I8:
      convert_number<std::int8_t>(bytes, values);
      break;
    case DType::U8:
      convert_number<std::uint8_t>(bytes, values);
      break;
    case DType::Bool:
      convert<std::uint8_t>(bytes, values, [](std::uint8_t value) { return value ? 1.0f : 0.0f; });
      break;
  }
  return values;
}

float half_to_float(std::uint16_t bits) {
  // All three cases are computed, so that a loop over this has no branch and becomes SIMD.
  const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16;
  const std::uint32_t magnitude = static_cast<std::uint32_t>(bits & 0x7fff) << 13;
  const std::uint32_t normal = magnitude + (112u << 23);
  const std::uint32_t special = magnitude + (224u << 23);
  // Subtraction of normal numbers, so that flush-to-zero modes do not lose half's subnormals.
  const float subnormal =
      std::bit_cast<float>(magnitude + (113u << 23)) - std::bit_cast<float>(113u << 23);
  std::uint32_t result = magnitude >= 0x0f800000 ? special : normal;
  result = magnitude < 0x00800000 ? std::bit_cast<std::uint32_t>(subnormal) : result;
  return std::bit_cast<float>(result | sign);
}

float bfloat16_to_float(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

std::uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000);
  const std::uint32_t magnitude = bits & 0x7fffffff;
  constexpr std::uint32_t kInfinity = 0x7f800000;
  constexpr std::uint32_t kRoundsToInfinity = 0x477ff000;  // 65520
  constexpr std::uint32_t kSmallestNormal = 0x38800000;    // 2^-14
  if (magnitude > kInfinity) {
    return static_cast<std::uint16_t>(sign | 0x7e00 | (magnitude >> 13 & 0x1ff));
  }
  if (magnitude >= kRoundsToInfinity) return sign | 0x7c00;
  if (magnitude >= kSmallestNormal) {
    const std::uint32_t rebased = magnitude - (112u << 23);
    return static_cast<std::uint16_t>(sign | (rebased + 0xfff + (rebased >> 13 & 1)) >> 13);
  }
  // Below 2^-14 the result counts units of 2^-24; adding 0.5 leaves that count, rounded to nearest
  // even by the addition itself, in the low bits.
  const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
  return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000));
}

std::uint16_t float_to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  // Rounding could carry a NaN into infinity: keep it a quiet NaN.
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<std::uint16_t>(bits >> 16 | 0x40);
  return static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace hyperlips
