// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// The tensors of a checkpoint, and the device and type that a graph computes in. Refers to the
/// checkpoint, which must outlive it.
class GraphWeights {
 public:
  GraphWeights(const TensorFile &file, const NetworkInfo &info);

  /// A tensor by name, as float32 on the host, for folding. Throws std::out_of_range.
  at::Tensor operator()(const std::string &name) const;
  bool has(const std::string &name) const;

  /// Copies a folded tensor to the device, in type().
  at::Tensor for_compute(const at::Tensor &folded) const;
  /// The same weights for layers that must be computed in float32.
  GraphWeights in_fp32() const;

  /// The type that the graph computes in.
  at::ScalarType type() const { return type_; }

 private:
  const TensorFile &file_;
  at::Device device_;
  at::ScalarType type_;
};

}  // namespace hyperlips
