// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "hyperlips/engine/network.hpp"

namespace hyperlips {

struct DeviceChoice {
  std::string device;   ///< cpu or cuda:N
  Precision precision;  ///< never Auto
};

/// Settles auto, cpu, cuda, cuda:N and a precision. Auto takes CUDA when there is a device, bf16 on
/// a CPU that multiplies it (AVX512-BF16, AMX), else fp32. Throws Error{NotFound} for a device that
/// is not there and Error{Settings} for anything that makes no sense.
DeviceChoice choose_device(const std::string &device, Precision precision);

/// Whether this CPU has instructions that multiply bf16.
bool cpu_multiplies_bf16();

}  // namespace hyperlips
