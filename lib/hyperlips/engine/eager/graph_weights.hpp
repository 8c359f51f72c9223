// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// What a graph is built from: a checkpoint's tensors, and where and in which type it will run.
class GraphWeights {
 public:
  GraphWeights(const TensorFile &file, const NetworkInfo &info);

  /// A tensor as float32 on the host, where weights are folded.
  at::Tensor operator()(const std::string &name) const;
  bool has(const std::string &name) const;

  /// Moves a folded tensor to the device in the type that the graph computes in.
  at::Tensor for_compute(const at::Tensor &folded) const;
  /// The same checkpoint for parts that less than float32 would spoil.
  GraphWeights in_fp32() const;

  at::ScalarType type() const { return type_; }

 private:
  const TensorFile &file_;
  at::Device device_;
  at::ScalarType type_;
};

}  // namespace hyperlips
