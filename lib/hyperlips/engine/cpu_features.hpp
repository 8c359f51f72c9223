// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <thread>

namespace hyperlips {

/// Whether this CPU has instructions for bf16 multiplication (AVX512-BF16, AMX).
inline bool cpu_multiplies_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") || __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

/// The CPUs that this process may use.
inline int usable_cpus() { return std::max(1, int(std::thread::hardware_concurrency())); }

}  // namespace hyperlips
