// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "child.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "models.hpp"

namespace hyperlips::bench {

/// Inputs of a network, (batch, shape...) each, and their names.
struct NetworkSamples {
  int batch = 0;
  std::vector<std::string> names;
  std::vector<std::vector<std::int64_t>> shapes;  ///< with the batch dimension
  std::vector<std::vector<float>> values;
};

/// The published Python code in eager fp32, as a process beside this one.
class Reference {
 public:
  /// Throws Error{Failed} if it cannot be started; as do the functions if it fails.
  Reference(const Options &options, const Models &models);

  /// The network with our weights, for these inputs.
  void load(const std::string &architecture, const NetworkSamples &inputs);
  /// Milliseconds of a batch: the mean of as many as fit into `seconds`, at least one.
  double run(const std::string &architecture, int batch, double seconds);
  /// The outputs for all inputs.
  std::vector<float> output(const std::string &architecture);

  /// Versions and number of threads.
  const json &about() const { return about_; }

 private:
  const Models &models_;
  test::TemporaryFolder folder_;
  JsonProgram program_;
  json about_;
};

}  // namespace hyperlips::bench
