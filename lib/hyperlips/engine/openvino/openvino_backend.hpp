// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <vector>

#include <openvino/runtime/core.hpp>

#include "hyperlips/engine/backend.hpp"

namespace hyperlips {

/// A graph in OpenVINO, on the CPU. In bf16 the precise nodes are a model of their own in fp32,
/// because OpenVINO computes a whole model in one precision.
class OpenvinoBackend : public Backend {
 public:
  OpenvinoBackend(ov::Core &core, const Graph &graph, const DeviceChoice &choice,
                  const std::string &name);

  int most_samples() const override { return kMostSamples; }
  void compute(int batch, NetworkInputs inputs, NetworkOutputs outputs,
               const std::function<void()> &pause) override;

 private:
  static constexpr int kMostSamples = 8;

  /// A compiled graph.
  struct Stage {
    Stage(ov::Core &core, const Graph &graph, const ov::AnyMap &settings);
    std::vector<TensorInfo> inputs;
    ov::InferRequest request;
  };

  void set_inputs(Stage &stage, int samples, NetworkInputs inputs, std::size_t offset);
  void infer(int samples, NetworkInputs inputs, NetworkOutputs outputs, std::size_t offset);

  std::string name_;
  std::vector<TensorInfo> inputs_, outputs_;  ///< of the network
  std::optional<Stage> precise_, rest_;
};

}  // namespace hyperlips
