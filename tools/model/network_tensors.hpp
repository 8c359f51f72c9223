// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::tool {

/// A batch of a network's inputs or outputs, in the order of NetworkInfo.
struct Batch {
  int size = 0;
  std::vector<std::vector<float>> tensors;
};

/// The network's inputs out of a file, by name. Throws Error{Format} that names the tensor.
Batch inputs_from(const TensorFile &file, const NetworkInfo &info);

/// The same numbers on every machine, in each input's range.
Batch made_up_inputs(const NetworkInfo &info, int batch);

Batch run_network(Network &network, const Batch &inputs);

/// The shape of a tensor of a batch.
std::vector<std::int64_t> batched_shape(const TensorInfo &tensor, int batch);

}  // namespace hyperlips::tool
