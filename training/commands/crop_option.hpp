// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include <CLI/CLI.hpp>

#include "hyperlips/face/framing.hpp"

namespace hyperlips::training {

/// Adds --crop steady|published.
void add_crop_option(CLI::App &app, Framing &framing);

/// Adds --offset auto|FRAMES; auto leaves it empty.
void add_offset_option(CLI::App &app, std::optional<int> &offset);

}  // namespace hyperlips::training
