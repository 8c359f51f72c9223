// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::tool {

/// A batch of the inputs or outputs of a network, in the order of NetworkInfo.
struct Batch {
  int size = 0;                             ///< samples
  std::vector<std::vector<float>> tensors;  ///< (size, shape...) each, row-major
};

/// The inputs of a network from a file, by name. Throws Error{Format} that names the tensor.
Batch inputs_from(const TensorFile &file, const NetworkInfo &info);

/// Pseudorandom numbers in the range of each input, the same on all machines.
Batch random_inputs(const NetworkInfo &info, int batch);

/// Runs the network. Errors as for Network::run().
Batch run_network(Network &network, const Batch &inputs);

/// The shape of a tensor with the batch dimension.
std::vector<std::int64_t> batched_shape(const TensorInfo &tensor, int batch);

}  // namespace hyperlips::tool
