// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "hyperlips/engine/backend.hpp"
#include "hyperlips/engine/network.hpp"

namespace hyperlips {

/// Network on top of a Backend: checks sizes, computes on the inference thread of the device and
/// converts all exceptions to Error.
class EngineNetwork : public Network {
 public:
  /// Reads and checks the checkpoint `file`. `device` is cpu or cuda:N, `precision` is not Auto.
  /// Errors as for open_network().
  EngineNetwork(const std::string &file, const std::string &device, Precision precision);

  const NetworkInfo &info() const override { return info_; }
  void run(int batch, std::span<const std::span<const float>> inputs,
           std::span<const std::span<float>> outputs, DueTime due) override;
  void warm_up(int batch) override;

 private:
  NetworkInfo info_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace hyperlips
