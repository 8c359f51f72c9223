// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <span>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// Computes one network on one device in one precision. Sharing, threads, checks and error messages
/// are implemented by the engine. Used only on the inference thread of its device, and constructed
/// beside it (InferenceThread::run_beside()). May throw LibTorch's exceptions.
class Backend {
 public:
  virtual ~Backend() = default;

  /// As Network::run(), with sizes already checked. The result must not depend on previous calls.
  virtual void compute(int batch, std::span<const std::span<const float>> inputs,
                       std::span<const std::span<float>> outputs) = 0;
};

/// The portable backend, LibTorch operators on folded weights, and the reference for faster ones.
/// `info` gives network, device and precision; the tensors of `file` are already checked.
std::unique_ptr<Backend> make_eager_backend(const TensorFile &file, const NetworkInfo &info);

}  // namespace hyperlips
