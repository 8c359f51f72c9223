// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/engine_network.hpp"

#include "hyperlips/error.hpp"
#include "hyperlips/graph/networks.hpp"
#include "hyperlips/model/registry.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr int kMaxBatch = 1024;
constexpr int kRows = 128;

void check_batch(int batch) {
  if (batch < 1 || batch > kMaxBatch) {
    throw Error(ErrorKind::Settings, "Invalid batch size " + std::to_string(batch) +
                                         "; expected 1 to " + std::to_string(kMaxBatch) + ".");
  }
}

void check_options(const NetworkOptions &options) {
  if (options.first_row < 0 || options.first_row >= kRows)
    throw Error(ErrorKind::Settings, "Invalid first row " + std::to_string(options.first_row) +
                                         "; expected 0 to " + std::to_string(kRows - 1) + ".");
}

template <typename Spans>
void check_sizes(const std::string &file, const char *kind, int batch,
                 const std::vector<TensorInfo> &tensors, const Spans &given) {
  if (given.size() != tensors.size()) {
    throw Error(ErrorKind::Settings, "Wrong number of " + std::string(kind) + "s for network " +
                                         quote_path(file) + ": expected " +
                                         std::to_string(tensors.size()) + ", got " +
                                         std::to_string(given.size()) + ".");
  }
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const std::size_t each = tensors[i].bytes() / tensors[i].values();
    const std::size_t expected = std::size_t(batch) * tensors[i].bytes();
    if (given[i].size() != expected) {
      throw Error(ErrorKind::Settings,
                  "Wrong size of " + std::string(kind) + " " + quote(tensors[i].name) +
                      " for network " + quote_path(file) + " and batch size " +
                      std::to_string(batch) + ": expected " + std::to_string(expected / each) +
                      " values, got " + std::to_string(given[i].size() / each) + ".");
    }
  }
}

}  // namespace

void Network::run(int batch, std::span<const std::span<const float>> inputs,
                  std::span<const std::span<float>> outputs, DueTime due) {
  std::vector<std::span<const std::byte>> in;
  std::vector<std::span<std::byte>> out;
  for (const auto &input : inputs) in.push_back(std::as_bytes(input));
  for (const auto &output : outputs) out.push_back(std::as_writable_bytes(output));
  submit(batch, in, out, due).get();
}

EngineNetwork::EngineNetwork(const NetworkOptions &options, const ChosenBackend &backend) {
  check_options(options);
  const TensorFile checkpoint = read_checkpoint(options.model);
  info_.architecture = identify(checkpoint).name;
  info_.file = options.model;
  info_.backend = backend.name;
  info_.device = backend.choice.device;
  info_.precision = backend.choice.precision;
  info_.threads = backend.choice.threads;
  const GraphOptions graph_options{.first_row = options.first_row, .pixels = options.pixels};
  const Graph graph = make_graph(checkpoint, info_.architecture, graph_options);
  info_.inputs = inputs_of(graph);
  info_.outputs = outputs_of(graph);
  info_.first_row = info_.architecture == "SyncNet_color" ? 0 : options.first_row;
  const auto make_again = [info = info_, graph_options, backend] {
    const TensorFile again = read_checkpoint(info.file);
    if (identify(again).name != info.architecture)
      throw Error(ErrorKind::Format, "File " + quote_path(info.file) +
                                         " has changed since it was opened; open it again.");
    return backend.library.make(make_graph(again, info.architecture, graph_options), backend.choice,
                                info.file);
  };
  worker_ = std::make_shared<NetworkWorker>(
      info_, backend.library.make(graph, backend.choice, info_.file), make_again);
}

std::future<void> EngineNetwork::submit(int batch, NetworkInputs inputs, NetworkOutputs outputs,
                                        DueTime due) {
  check_batch(batch);
  check_sizes(info_.file, "input", batch, info_.inputs, inputs);
  check_sizes(info_.file, "output", batch, info_.outputs, outputs);
  return worker_->submit(batch, inputs, outputs, due);
}

void EngineNetwork::warm_up(int batch) {
  check_batch(batch);
  std::vector<std::vector<std::byte>> buffers;
  const auto zeros = [&](const TensorInfo &tensor) -> std::vector<std::byte> & {
    return buffers.emplace_back(std::size_t(batch) * tensor.bytes());
  };
  std::vector<std::span<const std::byte>> inputs;
  std::vector<std::span<std::byte>> outputs;
  for (const TensorInfo &tensor : info_.inputs) inputs.emplace_back(zeros(tensor));
  for (const TensorInfo &tensor : info_.outputs) outputs.emplace_back(zeros(tensor));
  submit(batch, inputs, outputs, kNotDue).get();
}

}  // namespace hyperlips
