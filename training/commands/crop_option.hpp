// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <CLI/CLI.hpp>

#include "hyperlips/face/framing.hpp"

namespace hyperlips::training {

/// Adds --crop steady|published.
void add_crop_option(CLI::App &app, Framing &framing);

}  // namespace hyperlips::training
