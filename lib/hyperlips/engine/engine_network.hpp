// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include "hyperlips/engine/network_worker.hpp"

namespace hyperlips {

/// Network on top of a backend: checks sizes and computes on the inference thread of the device.
class EngineNetwork : public Network {
 public:
  /// Reads and checks the checkpoint `options.model`. Errors as for open_network().
  EngineNetwork(const NetworkOptions &options, const ChosenBackend &backend);

  const NetworkInfo &info() const override { return info_; }
  std::future<void> submit(int batch, NetworkInputs inputs, NetworkOutputs outputs,
                           DueTime due) override;
  void warm_up(int batch) override;

 private:
  NetworkInfo info_;
  std::shared_ptr<NetworkWorker> worker_;
};

}  // namespace hyperlips
