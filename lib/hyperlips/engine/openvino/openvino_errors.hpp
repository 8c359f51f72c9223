// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace hyperlips {

/// rethrow_failure() for exceptions of OpenVINO.
[[noreturn]] void rethrow_openvino_error(const std::string &doing);

}  // namespace hyperlips
