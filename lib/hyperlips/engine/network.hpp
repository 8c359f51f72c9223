// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hyperlips {

enum class Precision { Auto, Fp32, Bf16, Fp16 };

/// What to open and how to run it.
struct NetworkOptions {
  std::string model;            ///< a .safetensors or .pth checkpoint
  std::string device = "auto";  ///< auto, cpu, cuda or cuda:N
  Precision precision = Precision::Auto;
  std::string instance_id;  ///< networks that are otherwise the same are shared within an id
};

/// One named input or output: shape without the batch.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;
};

struct NetworkInfo {
  std::string architecture;  ///< as in the registry: HyperLipsBase, HRDecoder x2, ...
  std::string file;
  std::string device;                     ///< the one in use: cpu, cuda:0
  Precision precision = Precision::Fp32;  ///< the one in use, never Auto
  std::vector<TensorInfo> inputs;         ///< HyperLipsBase: mel (1,80,16), face (6,128,128)
  std::vector<TensorInfo> outputs;
};

/// A loaded network. One copy of the weights serves everyone that opens the same model, device,
/// precision and instance id; results do not depend on who else uses it. Thread-safe.
class Network {
 public:
  virtual ~Network() = default;
  virtual const NetworkInfo &info() const = 0;

  /// Runs a batch: each input holds batch x shape floats in info().inputs' order, row-major; each
  /// output gets as many. Blocks. Throws Error{Settings} for wrong sizes, Error{Memory} when the
  /// device is full, Error{Failed} otherwise.
  virtual void run(int batch, std::span<const std::span<const float>> inputs,
                   std::span<const std::span<float>> outputs) = 0;

  /// Prepares for batches of this size, so that the first real one is not slow.
  virtual void warm_up(int batch) = 0;
};

/// Opens a network, loading libhyperlips-nn (and with it LibTorch) on first use. Throws
/// Error{NotFound} for a missing file or device, Error{Format} for a damaged or foreign checkpoint,
/// Error{Settings} for a precision the device cannot do, Error{Device} when LibTorch cannot be
/// loaded.
std::shared_ptr<Network> open_network(const NetworkOptions &options);

/// "auto", "fp32", "bf16", "fp16" and back. Throws Error{Settings} for anything else.
Precision parse_precision(const std::string &name);
const char *to_string(Precision precision);

}  // namespace hyperlips
