// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/engine/network.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/graph/graph.hpp"

namespace hyperlips {

/// \file
/// What a backend implements: a library of its own that exports kBackendSymbol and is listed in
/// backend_libraries.cpp. Sharing, batches, order, threads of the callers and checks are the
/// engine's. All functions throw only Error.

/// A device and a precision, as a backend understood the options.
struct DeviceChoice {
  std::string device;   ///< cpu or cuda:N
  Precision precision;  ///< never Auto
  int threads = 0;      ///< CPU threads that compute; 0 on other devices
};

/// The precision for a CPU: Auto is bf16 where the CPU has instructions for it (AVX512-BF16, AMX),
/// otherwise fp32. Throws Error{Settings} for fp16.
Precision cpu_precision(Precision wanted);
[[noreturn]] void throw_unknown_device(const std::string &device);

/// The inputs of a graph, and its outputs, as Network::info() tells them.
std::vector<TensorInfo> inputs_of(const Graph &graph);
std::vector<TensorInfo> outputs_of(const Graph &graph);

/// Computes one graph. Used only on the inference thread of its device, but may be constructed on
/// another one.
class Backend {
 public:
  virtual ~Backend() = default;

  /// The number of samples to compute together at most; a larger batch takes several runs.
  virtual int most_samples() const = 0;

  /// Computes a batch, as Network::run(); the sizes are checked. `pause` may be called between any
  /// two operators: more urgent work is done in it, possibly by this same backend. The result must
  /// not depend on previous calls.
  virtual void compute(int batch, NetworkInputs inputs, NetworkOutputs outputs,
                       const std::function<void()> &pause) = 0;
};

/// An output of an OnnxModel.
struct OnnxOutput {
  std::vector<std::size_t> shape;  ///< with the batch dimension
  std::span<const float> values;   ///< valid until the next run
};

/// A small network in a file of the ONNX format, which runs on the calling thread alone. Not
/// thread-safe.
class OnnxModel {
 public:
  virtual ~OnnxModel() = default;
  /// Runs the network on its only input, of the file's shape, and returns the outputs of these
  /// names. Throws Error{Failed}, also for a wrong size or name.
  virtual std::vector<OnnxOutput> run(std::span<const float> input,
                                      std::span<const std::string> names) = 0;
};

/// The entry of a backend's library. Thread-safe; exists until the process ends.
class BackendLibrary {
 public:
  virtual ~BackendLibrary() = default;

  /// Resolves a device (auto, cpu, cuda, cuda:N), a precision and a number of threads (0: one per
  /// core). Throws Error{NotFound} if the device does not exist, and Error{Settings} if the backend
  /// has no such device, or the device no such precision.
  virtual DeviceChoice choose(const std::string &device, Precision precision, int threads) = 0;

  /// Prepares a graph for computing. `name`: of the network, for messages.
  virtual std::unique_ptr<Backend> make(const Graph &graph, const DeviceChoice &choice,
                                        const std::string &name) = 0;

  /// Opens an ONNX file. Models of the same file share their weights. Returns null if the backend
  /// reads no such files; throws Error{Format} if it cannot read this one.
  virtual std::unique_ptr<OnnxModel> open_onnx(const std::filesystem::path &file) = 0;
};

/// Changes with any class of this file, NetworkOptions, NetworkInfo or Graph: libhyperlips and the
/// backends must be of the same build.
inline constexpr int kBackendVersion = 3;
inline constexpr const char *kBackendSymbol = "hyperlips_backend";
/// Type of the symbol, a C function. Throws Error{Device} if `version` is not kBackendVersion.
using BackendEntry = BackendLibrary &(int version);

/// What an entry does with `version`. `library`: its name.
inline void check_backend_version(int version, const char *library) {
  if (version == kBackendVersion) return;
  throw Error(ErrorKind::Device, std::string(library) + " has interface version " +
                                     std::to_string(kBackendVersion) + "; libhyperlips expected " +
                                     std::to_string(version) +
                                     ". Install both from the same build.");
}

}  // namespace hyperlips
