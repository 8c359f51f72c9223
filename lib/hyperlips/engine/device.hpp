// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

struct DeviceChoice {
  std::string device;   ///< cpu or cuda:N
  Precision precision;  ///< never Auto
};

/// Resolves a device (auto, cpu, cuda, cuda:N) and a precision. The device auto is cuda:0 if
/// available, otherwise cpu; the precision Auto is bf16 on a CPU with bf16 instructions
/// (AVX512-BF16, AMX), otherwise fp32. Throws Error{NotFound} if the device does not exist and
/// Error{Settings} if its name is invalid or it does not support the precision.
DeviceChoice choose_device(const std::string &device, Precision precision);

/// Whether this CPU has instructions for bf16 multiplication.
bool cpu_multiplies_bf16();

}  // namespace hyperlips
