// SPDX-License-Identifier: LGPL-2.1-or-later
#include "nn/state_dict.hpp"

#include <cstring>

#include "error.hpp"

namespace hyperlips {
namespace {

torch::ScalarType scalar_type(DType dtype) {
  switch (dtype) {
    case DType::F64:
      return torch::kFloat64;
    case DType::F32:
      return torch::kFloat32;
    case DType::F16:
      return torch::kFloat16;
    case DType::BF16:
      return torch::kBFloat16;
    case DType::I64:
      return torch::kInt64;
    case DType::I32:
      return torch::kInt32;
    case DType::I16:
      return torch::kInt16;
    case DType::I8:
      return torch::kInt8;
    case DType::U8:
      return torch::kUInt8;
    case DType::Bool:
      return torch::kBool;
  }
  throw Error(ErrorKind::Format, "A checkpoint's tensor has an element type that is not known.");
}

std::string shape_text(torch::IntArrayRef shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i ? ", " : "") + std::to_string(shape[i]);
  }
  return text + ")";
}

}  // namespace

torch::Tensor to_torch(const FileTensor &tensor) {
  // A copy: the mapping may be unaligned, and the file behind it may change.
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
      throw Error(ErrorKind::Format, file.path.string() + " has no tensor \"" + name +
                                         "\", which this network needs in shape " +
                                         shape_text(target.sizes()) + ".");
    }
    if (target.sizes() != torch::IntArrayRef(found->second.shape)) {
      throw Error(ErrorKind::Format, file.path.string() + ": tensor \"" + name + "\" has shape " +
                                         shape_text(found->second.shape) +
                                         ", but this network needs " + shape_text(target.sizes()) +
                                         ".");
    }
  }
  for (const auto &[name, tensor] : file.tensors) {
    if (!targets.contains(name)) {
      throw Error(ErrorKind::Format, file.path.string() + " has a tensor \"" + name +
                                         "\", which this network does not know.");
    }
  }
  const torch::NoGradGuard no_grad;
  for (const auto &[name, target] : targets) {
    torch::Tensor(target).copy_(to_torch(file.tensors.at(name)));
  }
}

}  // namespace hyperlips
