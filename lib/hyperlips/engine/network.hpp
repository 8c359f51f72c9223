// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// \file
/// Inference with the networks of HyperLips. Basic usage, for one face:
///
///     const auto network = hyperlips::open_network({.model = "base.safetensors"});
///     std::vector<float> mel(80 * 16), face(6 * 128 * 128), output(3 * 128 * 128);
///     hyperlips::base_input(crop, reference, face);  // face/tensor.hpp
///     timeline.find(time, mel);                      // audio/mel_window.hpp
///     const std::array<std::span<const float>, 2> inputs{mel, face};
///     const std::array<std::span<float>, 1> outputs{output};
///     network->run(1, inputs, outputs);
///     const cv::Mat picture = hyperlips::picture_from_tensor(output, 128);

namespace hyperlips {

/// Arithmetic of a network. Auto is bf16 on a CPU with bf16 instructions, otherwise fp32; Fp16
/// requires a CUDA device.
enum class Precision { Auto, Fp32, Bf16, Fp16 };

inline constexpr int kMostThreads = 256;  ///< of NetworkOptions::threads

/// Arguments of open_network().
struct NetworkOptions {
  std::string model;             ///< path of a .safetensors or .pth checkpoint
  std::string backend = "auto";  ///< auto (see open_network()), openvino or torch
  std::string device = "auto";   ///< auto (CUDA if available), cpu, cuda (the first) or cuda:N
  Precision precision = Precision::Auto;
  int threads = 0;  ///< CPU threads that compute the network, 1 to kMostThreads; 0: one per core
  /// The first row of the picture that is needed, 0 ... 127, in rows of 128: the rows above it are
  /// not computed and not part of the output. Other networks than HyperLipsBase and HRDecoder
  /// ignore it.
  int first_row = 0;
  /// Pictures are bytes instead of floats, see TensorInfo::pixels.
  bool pixels = false;
  std::string instance_id;  ///< networks are shared only between callers with the same id
};

/// An input or output of a network.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;  ///< without the batch dimension
  /// False: float32. True: a picture of uint8 (0 ... 255 for 0 ... 1), with its channels last:
  /// `shape` is (height, width, channels).
  bool pixels = false;

  std::size_t values() const;  ///< number of values of one sample
  std::size_t bytes() const;   ///< their size
};

/// Inputs and outputs in the order of Network::run(), by architecture:
///
///     HyperLipsBase      mel (1, 80, 16), face (6, 128, 128)  ->  output (3, H, 128)
///     HRDecoder x1|2|4   input (6, 128, 128)  ->  output (3, s H, 128 s) for scale s
///     SyncNet_color      mel (1, 80, 16), faces (15, 64, 128)
///                          ->  audio_embedding (512), face_embedding (512)
///
/// H is 128 - first_row. mel is in -4 ... 4 (see MelColumn), pictures are planes of B, G and R in
/// 0 ... 1; with NetworkOptions::pixels the faces and `output` are bytes.
struct NetworkInfo {
  std::string architecture;               ///< as in model/registry.hpp
  std::string file;                       ///< NetworkOptions::model
  std::string backend;                    ///< the backend in use
  std::string device;                     ///< the device in use: cpu or cuda:N
  Precision precision = Precision::Fp32;  ///< the precision in use, never Auto
  int threads = 0;                        ///< CPU threads in use; 0 on other devices
  int first_row = 0;                      ///< NetworkOptions::first_row
  std::vector<TensorInfo> inputs, outputs;
};

/// When a live stream needs the result of a network. Results that are due are computed first, the
/// earliest first; others, those of files, when there is nothing else, or after a second.
using DueTime = std::chrono::steady_clock::time_point;
inline constexpr DueTime kNotDue = DueTime::max();

/// The values of the inputs, or of the outputs, of a batch: (batch, shape...) each, row-major, in
/// the order of NetworkInfo. Each is aligned for its type.
using NetworkInputs = std::span<const std::span<const std::byte>>;
using NetworkOutputs = std::span<const std::span<std::byte>>;

/// A loaded network. Callers that open the same model with the same options share one copy of the
/// weights; results do not depend on other users but for the last bits of a sum. Thread-safe.
class Network {
 public:
  virtual ~Network() = default;
  virtual const NetworkInfo &info() const = 0;

  /// Starts to run a batch of 1 to 1024 samples. The values must exist, and the outputs not be
  /// read, until the result is ready; what the spans of spans refer to is copied. Samples that wait
  /// from several callers are computed together. Throws Error{Settings} for an invalid batch or
  /// size; the result throws Error{Memory} if the device is out of memory, and Error{Failed}
  /// otherwise. A result may be dropped only after it is ready.
  virtual std::future<void> submit(int batch, NetworkInputs inputs, NetworkOutputs outputs,
                                   DueTime due = kNotDue) = 0;

  /// submit(), and waits for the result.
  void run(int batch, NetworkInputs inputs, NetworkOutputs outputs, DueTime due = kNotDue) {
    submit(batch, inputs, outputs, due).get();
  }
  /// The same for networks without pixels.
  void run(int batch, std::span<const std::span<const float>> inputs,
           std::span<const std::span<float>> outputs, DueTime due = kNotDue);

  /// Runs a batch of zeros, so that the first real batch of this size is not slowed down by
  /// initialization. Errors as for run().
  virtual void warm_up(int batch) = 0;
};

/// Opens a network. The backend auto is torch on CUDA devices (also if the device auto finds one)
/// and otherwise openvino, or the one that is installed. Loads the library of the backend, and with
/// it OpenVINO or LibTorch, on first use. Throws Error{NotFound} if the file or device does not
/// exist, Error{Format} for a damaged or unknown checkpoint, Error{Settings} for an invalid option,
/// a precision that the device does not support or a network for training only, Error{Device} if
/// the backend cannot be loaded, and Error{Memory} if the weights do not fit.
std::shared_ptr<Network> open_network(const NetworkOptions &options);

/// Converts "auto", "fp32", "bf16" and "fp16". Throws Error{Settings} for other names.
Precision parse_precision(const std::string &name);
/// The inverse of parse_precision().
const char *to_string(Precision precision);

}  // namespace hyperlips
