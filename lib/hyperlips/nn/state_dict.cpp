// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/nn/state_dict.hpp"

#include <cstring>
#include <utility>

#include "hyperlips/error.hpp"
#include "hyperlips/model/describe.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr std::pair<DType, torch::ScalarType> kTypes[] = {
    {DType::F64, torch::kFloat64},   {DType::F32, torch::kFloat32}, {DType::F16, torch::kFloat16},
    {DType::BF16, torch::kBFloat16}, {DType::I64, torch::kInt64},   {DType::I32, torch::kInt32},
    {DType::I16, torch::kInt16},     {DType::I8, torch::kInt8},     {DType::U8, torch::kUInt8},
    {DType::Bool, torch::kBool}};

torch::ScalarType scalar_type(DType dtype) {
  for (const auto &[stored, type] : kTypes) {
    if (stored == dtype) return type;
  }
  throw Error(ErrorKind::Format,
              std::string("Unsupported tensor type ") + to_string(dtype) + " in checkpoint.");
}

}  // namespace

DType file_type(torch::ScalarType type) {
  for (const auto &[stored, known] : kTypes) {
    if (known == type) return stored;
  }
  throw Error(ErrorKind::Failed, std::string("Cannot write tensors of type ") +
                                     c10::toString(type) + " to a checkpoint.");
}

torch::Tensor to_torch(const FileTensor &tensor) {
  // A copy, which outlives the file in memory.
  torch::Tensor copy = torch::empty(tensor.shape, scalar_type(tensor.dtype));
  if (!tensor.bytes.empty()) std::memcpy(copy.data_ptr(), tensor.bytes.data(), copy.nbytes());
  return copy;
}

std::map<std::string, torch::Tensor> state_dict(const torch::nn::Module &network) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto &item : network.named_parameters()) tensors.emplace(item.key(), item.value());
  for (const auto &item : network.named_buffers()) tensors.emplace(item.key(), item.value());
  return tensors;
}

void load_state_dict(torch::nn::Module &network, const TensorFile &file) {
  const std::map<std::string, torch::Tensor> targets = state_dict(network);
  for (const auto &[name, target] : targets) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) {
      throw Error(ErrorKind::Format,
                  "Tensor " + quote(name) + " of shape " + describe_shape(target.sizes()) +
                      " is missing in checkpoint " + quote_path(file.path) + ".");
    }
    if (target.sizes() != torch::IntArrayRef(found->second.shape)) {
      throw Error(ErrorKind::Format, "Tensor " + quote(name) + " in checkpoint " +
                                         quote_path(file.path) + " has shape " +
                                         describe_shape(found->second.shape) + "; expected shape " +
                                         describe_shape(target.sizes()) + ".");
    }
  }
  for (const auto &[name, tensor] : file.tensors) {
    if (!targets.contains(name)) {
      throw Error(ErrorKind::Format, "Unexpected tensor " + quote(name) + " in checkpoint " +
                                         quote_path(file.path) + ".");
    }
  }
  const torch::NoGradGuard no_grad;
  for (const auto &[name, target] : targets) {
    torch::Tensor(target).copy_(to_torch(file.tensors.at(name)));
  }
}

}  // namespace hyperlips
