// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <span>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// How a network is computed: one network on one device in one precision. Everything around it
/// (sharing, threads, checks, errors) is the engine's, so that a backend only has to be fast.
/// Made and used on the inference thread of its device alone; may throw what LibTorch throws.
class Backend {
 public:
  virtual ~Backend() = default;

  /// As Network::run, with sizes already checked. Must not depend on earlier calls.
  virtual void compute(int batch, std::span<const std::span<const float>> inputs,
                       std::span<const std::span<float>> outputs) = 0;
};

/// LibTorch operators on folded weights: runs everywhere and is what faster backends are checked
/// against. `info` says which network, device and precision; the file's tensors have been checked.
std::unique_ptr<Backend> make_eager_backend(const TensorFile &file, const NetworkInfo &info);

}  // namespace hyperlips
