// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network_tensors.hpp"

#include <random>

#include "hyperlips/error.hpp"
#include "hyperlips/model/describe.hpp"
#include "util/quote.hpp"

namespace hyperlips::tool {
std::vector<std::int64_t> batched_shape(const TensorInfo &tensor, int batch) {
  std::vector<std::int64_t> shape{batch};
  shape.insert(shape.end(), tensor.shape.begin(), tensor.shape.end());
  return shape;
}

Batch inputs_from(const TensorFile &file, const NetworkInfo &info) {
  Batch batch;
  for (const TensorInfo &input : info.inputs) {
    const auto found = file.tensors.find(input.name);
    if (found == file.tensors.end()) {
      throw Error(ErrorKind::Format, "Input " + quote(input.name) + " of " + info.architecture +
                                         " not found in " + quote_path(file.path) + ".");
    }
    const FileTensor &tensor = found->second;
    if (batch.size == 0 && !tensor.shape.empty()) batch.size = static_cast<int>(tensor.shape[0]);
    const std::vector<std::int64_t> expected = batched_shape(input, batch.size);
    if (tensor.shape != expected || batch.size == 0) {
      throw Error(ErrorKind::Format, "Input " + quote(input.name) + " in " + quote_path(file.path) +
                                         " has shape " + describe_shape(tensor.shape) + "; " +
                                         info.architecture + " expects " +
                                         describe_shape(input.shape) +
                                         " after a batch dimension that is equal for all inputs.");
    }
    batch.tensors.push_back(tensor.to_float());
  }
  return batch;
}

Batch random_inputs(const NetworkInfo &info, int size) {
  Batch batch;
  batch.size = size;
  std::minstd_rand random;
  for (const TensorInfo &input : info.inputs) {
    // Mel spectrograms are in -4 ... 4, pictures in 0 ... 1.
    const float low = input.name == "mel" ? -4.0f : 0.0f;
    const float span = input.name == "mel" ? 8.0f : 1.0f;
    auto &tensor = batch.tensors.emplace_back(size * input.values());
    for (float &value : tensor) {
      value = low + span * static_cast<float>(random()) / static_cast<float>(random.max());
    }
  }
  return batch;
}

Batch run_network(Network &network, const Batch &inputs) {
  Batch outputs;
  outputs.size = inputs.size;
  for (const TensorInfo &output : network.info().outputs) {
    outputs.tensors.emplace_back(inputs.size * output.values());
  }
  const std::vector<std::span<const float>> in(inputs.tensors.begin(), inputs.tensors.end());
  const std::vector<std::span<float>> out(outputs.tensors.begin(), outputs.tensors.end());
  network.run(inputs.size, in, out);
  return outputs;
}

}  // namespace hyperlips::tool
