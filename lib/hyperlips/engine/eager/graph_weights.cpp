// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/eager/graph_weights.hpp"

#include "hyperlips/nn/state_dict.hpp"

namespace hyperlips {
namespace {

at::ScalarType compute_type(Precision precision) {
  switch (precision) {
    case Precision::Bf16:
      return at::kBFloat16;
    case Precision::Fp16:
      return at::kHalf;
    case Precision::Auto:
    case Precision::Fp32:
      break;
  }
  return at::kFloat;
}

}  // namespace

GraphWeights::GraphWeights(const TensorFile &file, const NetworkInfo &info)
    : file_(file), device_(info.device), type_(compute_type(info.precision)) {}

at::Tensor GraphWeights::operator()(const std::string &name) const {
  return to_torch(file_.tensors.at(name)).to(at::kFloat);
}

bool GraphWeights::has(const std::string &name) const { return file_.tensors.contains(name); }

at::Tensor GraphWeights::for_compute(const at::Tensor &folded) const {
  return folded.to(at::TensorOptions(device_).dtype(type_));
}

GraphWeights GraphWeights::in_fp32() const {
  GraphWeights weights = *this;
  weights.type_ = at::kFloat;
  return weights;
}

}  // namespace hyperlips
