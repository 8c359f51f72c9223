// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "commands.hpp"
#include "error.hpp"
#include "model/tensor_file.hpp"

namespace hyperlips::tool {
namespace {

bool is_floating(DType dtype) {
  return dtype == DType::F64 || dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}

DType target_dtype(const FileTensor &tensor, Precision precision) {
  if (!is_floating(tensor.dtype)) return tensor.dtype;
  // Norms and biases are small and sensitive: a running variance may not fit fp16 at all.
  if (tensor.shape.size() < 2) return DType::F32;
  switch (precision) {
    case Precision::Fp16:
      return DType::F16;
    case Precision::Bf16:
      return DType::BF16;
    case Precision::Auto:
    case Precision::Fp32:
      break;
  }
  return DType::F32;
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
      throw Error(ErrorKind::Settings,
                  "The tensor \"" + name + "\" holds " + std::to_string(values[i]) + ", which " +
                      to_string(dtype) + " cannot hold; choose --precision bf16 or fp32.");
    }
    std::memcpy(bytes.data() + i * sizeof bits, &bits, sizeof bits);
  }
  return bytes;
}

}  // namespace

int convert(const ConvertOptions &options) {
  if (!options.overwrite && std::filesystem::exists(options.output)) {
    throw Error(ErrorKind::Settings,
                options.output + " exists already; add --overwrite to replace it.");
  }
  const Precision precision = parse_precision(options.precision);
  const TensorFile file = read_checkpoint(options.input);
  std::vector<std::vector<std::byte>> converted;
  std::vector<NewTensor> tensors;
  for (const auto &[name, tensor] : file.tensors) {
    const DType dtype = target_dtype(tensor, precision);
    std::span<const std::byte> bytes = tensor.bytes;
    if (dtype != tensor.dtype) bytes = converted.emplace_back(to_bytes(name, tensor, dtype));
    tensors.push_back({name, dtype, tensor.shape, bytes});
  }
  write_safetensors(options.output, tensors, file.metadata);
  std::cout << options.output << ": " << tensors.size() << " tensors, "
            << std::filesystem::file_size(options.output) << " bytes\n";
  return 0;
}

}  // namespace hyperlips::tool
