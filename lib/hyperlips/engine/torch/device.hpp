// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "hyperlips/engine/backend.hpp"

namespace hyperlips {

/// BackendLibrary::choose() for LibTorch. The device auto is cuda:0 if available, otherwise cpu.
/// The precision Auto is bf16 where the device has instructions for it (AVX512-BF16, AMX, compute
/// capability 8.0 of a GPU), fp16 on older GPUs, otherwise fp32.
DeviceChoice choose_torch_device(const std::string &device, Precision precision, int threads);

}  // namespace hyperlips
