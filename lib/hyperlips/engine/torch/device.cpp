// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/torch/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <charconv>
#include <filesystem>

#include "hyperlips/engine/torch/cuda_config.h"
#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

struct Cuda {
  int devices = 0;
  std::string absence;  ///< reason if there are no devices
};

#if HYPERLIPS_CUDA
/// LibTorch's CUDA half registers itself when it is loaded; nothing links it, so that the same
/// binary runs where there is no driver.
Cuda load_cuda() {
  if (dlopen("libcuda.so.1", RTLD_LAZY) == nullptr) {
    return {0, "no NVIDIA driver is installed (libcuda.so.1)"};
  }
  Dl_info info{};
  std::filesystem::path library = "libtorch_cuda.so";
  if (dladdr(reinterpret_cast<const void *>(&at::globalContext), &info) && info.dli_fname) {
    library = std::filesystem::path(info.dli_fname).parent_path() / library;
  }
  if (dlopen(library.c_str(), RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    const char *reason = dlerror();
    return {0, "LibTorch's CUDA library cannot be loaded (" +
                   std::string(reason ? reason : library.string()) + ")"};
  }
  if (!at::hasCUDA()) return {0, "the NVIDIA driver reports no usable device"};
  const int devices = at::detail::getCUDAHooks().getNumGPUs();
  return {devices, devices > 0 ? "" : "the NVIDIA driver reports no device"};
}
#else
Cuda load_cuda() { return {0, "this build has no CUDA (Meson option cuda)"}; }
#endif

const Cuda &cuda() {
  static const Cuda found = load_cuda();
  return found;
}

int parse_cuda_index(const std::string &device) {
  if (device == "cuda") return 0;
  const std::string prefix = "cuda:";
  int index = -1;
  if (device.starts_with(prefix)) {
    const char *end = device.data() + device.size();
    const auto [stop, error] = std::from_chars(device.data() + prefix.size(), end, index);
    if (error == std::errc() && stop == end && index >= 0) return index;
  }
  throw_unknown_device(device);
}

std::string find_device(const std::string &device) {
  if (device == "cpu") return device;
  if (device == "auto") return cuda().devices > 0 ? "cuda:0" : "cpu";
  const int index = parse_cuda_index(device);
  if (index < cuda().devices) return "cuda:" + std::to_string(index);
  std::string available = "cpu";
  for (int i = 0; i < cuda().devices; ++i) available += ", cuda:" + std::to_string(i);
  const std::string reason = cuda().devices > 0 ? "" : ": " + cuda().absence;
  throw Error(ErrorKind::NotFound, "Device " + quote(device) + " not found" + reason +
                                       "; available: " + available + ".");
}

/// GPUs before compute capability 8.0 have no fast bf16.
Precision gpu_precision() {
  const bool bf16 = at::detail::getCUDAHooks().supportsBFloat16ConvolutionWithCuDNNv8();
  return bf16 ? Precision::Bf16 : Precision::Fp16;
}

}  // namespace

DeviceChoice choose_torch_device(const std::string &device, Precision precision, int threads) {
  DeviceChoice choice{find_device(device), precision, 0};
  if (choice.device == "cpu") {
    choice.threads = threads > 0 ? threads : at::get_num_threads();
    choice.precision = cpu_precision(precision);
  } else if (precision == Precision::Auto) {
    choice.precision = gpu_precision();
  }
  return choice;
}

}  // namespace hyperlips
