// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace hyperlips {

/// Rethrows the current exception of a catch-all handler as hyperlips::Error: an Error unchanged,
/// out of memory as Error{Memory}, all others as Error{Failed}. `doing` completes "... failed", for
/// example "Running network 'a.safetensors'".
[[noreturn]] void rethrow_as_error(const std::string &doing);

}  // namespace hyperlips
