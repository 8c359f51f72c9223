// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iostream>

#include "commands.hpp"
#include "network_tensors.hpp"

namespace hyperlips::tool {

int run(const RunOptions &options) {
  NetworkOptions wanted;
  wanted.model = options.model;
  wanted.backend = options.backend;
  wanted.device = options.device;
  wanted.precision = parse_precision(options.precision);
  const auto network = open_network(wanted);
  const NetworkInfo &info = network->info();
  const Batch inputs = inputs_from(read_safetensors(options.input), info);
  const Batch outputs = run_network(*network, inputs);
  std::vector<NewTensor> tensors;
  for (std::size_t i = 0; i < outputs.tensors.size(); ++i) {
    tensors.push_back({info.outputs[i].name, DType::F32,
                       batched_shape(info.outputs[i], outputs.size),
                       std::as_bytes(std::span(outputs.tensors[i]))});
  }
  write_safetensors(options.output, tensors,
                    {{"architecture", info.architecture},
                     {"backend", info.backend},
                     {"device", info.device},
                     {"precision", to_string(info.precision)}});
  std::cout << info.architecture << " on " << info.backend << ", " << info.device << ", in "
            << to_string(info.precision) << ": batch of " << outputs.size << " to "
            << options.output << '\n';
  return 0;
}

}  // namespace hyperlips::tool
