// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "hyperlips/model/registry.hpp"

namespace hyperlips {

/// Builds the table returned by architectures(). Tensors are in the order of the published state
/// dicts.
std::vector<Architecture> make_architectures();

}  // namespace hyperlips
