// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "hyperlips/engine/backend.hpp"
#include "hyperlips/engine/torch/device.hpp"
#include "hyperlips/engine/torch/short_spinning.hpp"
#include "hyperlips/engine/torch/torch_errors.hpp"
#include "hyperlips/engine/torch/torch_graph.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// Packed weights and reproducible sums require a team of the same size wherever a graph is made or
/// computed. OpenMP keeps the size per thread.
void use_threads(int threads) {
  if (threads > 0 && at::get_num_threads() != threads) at::set_num_threads(threads);
}

at::Tensor as_tensor(const TensorInfo &info, int batch, const std::byte *values) {
  std::vector<std::int64_t> shape{batch};
  shape.insert(shape.end(), info.shape.begin(), info.shape.end());
  return at::from_blob(const_cast<std::byte *>(values), shape,
                       at::TensorOptions(info.pixels ? at::kByte : at::kFloat));
}

class TorchBackend : public Backend {
 public:
  TorchBackend(const Graph &graph, const DeviceChoice &choice, const std::string &name)
      : choice_(choice),
        name_(name),
        device_(choice.device),
        inputs_(inputs_of(graph)),
        outputs_(outputs_of(graph)) {
    // On a thread of its own: the caller's team is the program's.
    std::exception_ptr failure;
    std::thread([&] {
      use_threads(choice_.threads);
      const c10::InferenceMode inference_mode;
      try {
        graph_ = std::make_unique<TorchGraph>(graph, choice_);
      } catch (...) {
        failure = std::current_exception();
      }
    }).join();
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (...) {
      rethrow_torch_error("Loading network " + quote(name_));
    }
  }

  int most_samples() const override { return device_.is_cpu() ? kOnCpu : kOnCuda; }

  void compute(int batch, NetworkInputs inputs, NetworkOutputs outputs,
               const std::function<void()> &pause) override {
    try {
      use_threads(choice_.threads);
      const c10::InferenceMode inference_mode;
      std::vector<at::Tensor> tensors;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const at::Tensor input = as_tensor(inputs_[i], batch, inputs[i].data());
        tensors.push_back(device_.is_cpu() ? input : pinned(input).to(device_, true));
      }
      tensors = (*graph_)(tensors, pause);
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const at::Tensor output = as_tensor(outputs_[i], batch, outputs[i].data());
        output.copy_(tensors[i]);
      }
    } catch (...) {
      rethrow_torch_error("Running network " + quote(name_));
    }
  }

 private:
  static constexpr int kOnCpu = 8, kOnCuda = 64;

  /// In memory that the GPU reads while the host goes on.
  static at::Tensor pinned(const at::Tensor &input) {
    return at::empty(input.sizes(), input.options().pinned_memory(true)).copy_(input);
  }

  DeviceChoice choice_;
  std::string name_;
  at::Device device_;
  std::vector<TensorInfo> inputs_, outputs_;
  std::unique_ptr<TorchGraph> graph_;
};

class TorchLibrary : public BackendLibrary {
 public:
  DeviceChoice choose(const std::string &device, Precision precision, int threads) override {
    const DeviceChoice choice = choose_torch_device(device, precision, threads);
    static std::once_flag once;
    std::call_once(once, shorten_spinning, std::max(choice.threads, 1));
    return choice;
  }

  std::unique_ptr<Backend> make(const Graph &graph, const DeviceChoice &choice,
                                const std::string &name) override {
    return std::make_unique<TorchBackend>(graph, choice, name);
  }

  std::unique_ptr<OnnxModel> open_onnx(const std::filesystem::path &) override { return nullptr; }
};

}  // namespace
}  // namespace hyperlips

extern "C" __attribute__((visibility("default"))) hyperlips::BackendLibrary &hyperlips_backend(
    int version) {
  using namespace hyperlips;
  check_backend_version(version, "libhyperlips-torch");
  // Leaked: inference threads may still use it while the process exits.
  static auto &library = *new TorchLibrary;
  return library;
}
