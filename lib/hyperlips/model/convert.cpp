// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/convert.hpp"

#include <cmath>
#include <cstring>
#include <deque>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

bool is_floating(DType dtype) {
  return dtype == DType::F64 || dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}

DType target_dtype(const FileTensor &tensor, DType dtype) {
  if (!is_floating(tensor.dtype)) return tensor.dtype;
  // Norms and biases are small and sensitive: a running variance may not fit fp16 at all.
  return tensor.shape.size() < 2 ? DType::F32 : dtype;
}

std::vector<std::byte> to_bytes(const std::string &name, const FileTensor &tensor, DType dtype) {
  const std::vector<float> values = tensor.to_float();
  std::vector<std::byte> bytes(values.size() * size_of(dtype));
  if (dtype == DType::F32) {
    if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint16_t bits =
        dtype == DType::F16 ? float_to_half(values[i]) : float_to_bfloat16(values[i]);
    const float back = dtype == DType::F16 ? half_to_float(bits) : bfloat16_to_float(bits);
    if (std::isfinite(values[i]) && !std::isfinite(back)) {
      throw Error(ErrorKind::Settings, "Tensor " + quote(name) + " contains " +
                                           std::to_string(values[i]) +
                                           ", which is out of range for " + to_string(dtype) +
                                           "; use --precision bf16 or fp32.");
    }
    std::memcpy(bytes.data() + i * sizeof bits, &bits, sizeof bits);
  }
  return bytes;
}

}  // namespace

void write_converted(const std::filesystem::path &path, const TensorFile &file, DType dtype,
                     const std::map<std::string, std::string> &metadata) {
  std::deque<std::vector<std::byte>> converted;
  std::vector<NewTensor> tensors;
  for (const auto &[name, tensor] : file.tensors) {
    const DType target = target_dtype(tensor, dtype);
    std::span<const std::byte> bytes = tensor.bytes;
    if (target != tensor.dtype) bytes = converted.emplace_back(to_bytes(name, tensor, target));
    tensors.push_back({name, target, tensor.shape, bytes});
  }
  write_safetensors(path, tensors, metadata);
}

}  // namespace hyperlips
