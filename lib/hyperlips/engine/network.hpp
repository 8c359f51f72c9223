// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
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

/// Arguments of open_network().
struct NetworkOptions {
  std::string model;            ///< path of a .safetensors or .pth checkpoint
  std::string device = "auto";  ///< auto (CUDA if available), cpu, cuda (the first) or cuda:N
  Precision precision = Precision::Auto;
  std::string instance_id;  ///< networks are shared only between callers with the same id
};

/// Name and shape of an input or output, without the batch dimension.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// Inputs and outputs in the order of Network::run(), by architecture:
///
///     HyperLipsBase      mel (1, 80, 16), face (6, 128, 128)  ->  output (3, 128, 128)
///     HRDecoder x1|2|4   input (6, 128, 128)  ->  output (3, 128 s, 128 s) for scale s
///     SyncNet_color      mel (1, 80, 16), faces (15, 64, 128)
///                          ->  audio_embedding (512), face_embedding (512)
///
/// mel is in -4 ... 4 (see MelColumn), pictures are planes of B, G and R in 0 ... 1.
struct NetworkInfo {
  std::string architecture;               ///< as in model/registry.hpp
  std::string file;                       ///< NetworkOptions::model
  std::string device;                     ///< the device in use: cpu or cuda:N
  Precision precision = Precision::Fp32;  ///< the precision in use, never Auto
  std::vector<TensorInfo> inputs, outputs;
};

/// When a live stream needs the result of a network. Results that are due are computed first, the
/// earliest first; others, those of files, when there is nothing else, or after a second.
using DueTime = std::chrono::steady_clock::time_point;
inline constexpr DueTime kNotDue = DueTime::max();

/// A loaded network. Callers that open the same model, device, precision and instance id share one
/// copy of the weights; results do not depend on other users. Thread-safe.
class Network {
 public:
  virtual ~Network() = default;
  virtual const NetworkInfo &info() const = 0;

  /// Runs a batch of 1 to 1024 samples. Each input and output holds (batch, shape...) floats,
  /// row-major, in the order of info(). Blocks. Throws Error{Settings} for an invalid batch or
  /// size, Error{Memory} if the device is out of memory, and Error{Failed} otherwise.
  virtual void run(int batch, std::span<const std::span<const float>> inputs,
                   std::span<const std::span<float>> outputs, DueTime due = kNotDue) = 0;

  /// Runs a batch of zeros, so that the first real batch of this size is not slowed down by
  /// initialization. Errors as for run().
  virtual void warm_up(int batch) = 0;
};

/// Opens a network. Loads libhyperlips-nn, and with it LibTorch, on first use. Throws
/// Error{NotFound} if the file or device does not exist, Error{Format} for a damaged or unknown
/// checkpoint, Error{Settings} for an invalid option, a precision that the device does not support
/// or a network for training only, Error{Device} if LibTorch cannot be loaded, and Error{Memory} if
/// the weights do not fit.
std::shared_ptr<Network> open_network(const NetworkOptions &options);

/// Converts "auto", "fp32", "bf16" and "fp16". Throws Error{Settings} for other names.
Precision parse_precision(const std::string &name);
/// The inverse of parse_precision().
const char *to_string(Precision precision);

}  // namespace hyperlips
