// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace hyperlips {

/// For use in a catch-all: rethrows the exception in flight as hyperlips::Error. Errors of this
/// library pass as they are, a full device becomes ErrorKind::Memory, all else ErrorKind::Failed.
/// `doing` completes "... failed", for example "Running a.safetensors".
[[noreturn]] void rethrow_as_error(const std::string &doing);

}  // namespace hyperlips
