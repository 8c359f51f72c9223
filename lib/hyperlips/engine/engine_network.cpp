// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/engine_network.hpp"

#include <functional>
#include <numeric>

#include "hyperlips/engine/inference_thread.hpp"
#include "hyperlips/engine/network_shapes.hpp"
#include "hyperlips/engine/torch_errors.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr int kMaxBatch = 1024;

std::size_t elements(const TensorInfo &tensor) {
  return std::accumulate(tensor.shape.begin(), tensor.shape.end(), std::size_t{1},
                         [](std::size_t product, std::int64_t size) { return product * size; });
}

void check_batch(int batch) {
  if (batch < 1 || batch > kMaxBatch) {
    throw Error(ErrorKind::Settings, "Invalid batch size " + std::to_string(batch) +
                                         "; expected 1 to " + std::to_string(kMaxBatch) + ".");
  }
}

template <typename Span>
void check_sizes(const std::string &file, const char *kind, int batch,
                 const std::vector<TensorInfo> &tensors, std::span<const Span> given) {
  if (given.size() != tensors.size()) {
    throw Error(ErrorKind::Settings, "Wrong number of " + std::string(kind) + "s for network " +
                                         quote_path(file) + ": expected " +
                                         std::to_string(tensors.size()) + ", got " +
                                         std::to_string(given.size()) + ".");
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::size_t expected = batch * elements(tensors[i]);
    if (given[i].size() != expected) {
      throw Error(ErrorKind::Settings,
                  "Wrong size of " + std::string(kind) + " " + quote(tensors[i].name) +
                      " for network " + quote_path(file) + " and batch size " +
                      std::to_string(batch) + ": expected " + std::to_string(expected) +
                      " values, got " + std::to_string(given[i].size()) + ".");
    }
  }
}

}  // namespace

EngineNetwork::EngineNetwork(const std::string &file, const std::string &device,
                             Precision precision) {
  const TensorFile checkpoint = read_checkpoint(file);
  info_.architecture = identify(checkpoint).name;
  info_.file = file;
  info_.device = device;
  info_.precision = precision;
  NetworkShapes shapes = network_shapes(info_.architecture);
  info_.inputs = std::move(shapes.inputs);
  info_.outputs = std::move(shapes.outputs);
  try {
    // Beside the inference thread, which computes other streams meanwhile.
    backend_ = InferenceThread::of(device).run_beside(
        [&] { return make_eager_backend(checkpoint, info_); });
  } catch (...) {
    rethrow_as_error("Loading network " + quote_path(file));
  }
}

void EngineNetwork::run(int batch, std::span<const std::span<const float>> inputs,
                        std::span<const std::span<float>> outputs, DueTime due) {
  check_batch(batch);
  check_sizes(info_.file, "input", batch, info_.inputs, inputs);
  check_sizes(info_.file, "output", batch, info_.outputs, outputs);
  try {
    InferenceThread::of(info_.device).run(due, [&] { backend_->compute(batch, inputs, outputs); });
  } catch (...) {
    rethrow_as_error("Running network " + quote_path(info_.file));
  }
}

void EngineNetwork::warm_up(int batch) {
  check_batch(batch);
  std::vector<std::vector<float>> buffers;
  const auto zeros = [&](const TensorInfo &tensor) -> std::vector<float> & {
    return buffers.emplace_back(batch * elements(tensor));
  };
  std::vector<std::span<const float>> inputs;
  std::vector<std::span<float>> outputs;
  for (const TensorInfo &tensor : info_.inputs) inputs.emplace_back(zeros(tensor));
  for (const TensorInfo &tensor : info_.outputs) outputs.emplace_back(zeros(tensor));
  run(batch, inputs, outputs, kNotDue);
}

}  // namespace hyperlips
