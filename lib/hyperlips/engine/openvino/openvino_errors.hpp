// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace hyperlips {

/// In a catch block: rethrows the exception as an Error "DOING failed: ...", of the kind Memory if
/// memory ran out, otherwise Failed.
[[noreturn]] void rethrow_openvino_error(const std::string &doing);

}  // namespace hyperlips
