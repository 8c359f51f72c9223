// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace hyperlips::training {

/// Frames per second of all data sets and of the input of sync experts.
inline constexpr int kFrameRate = 25;

}  // namespace hyperlips::training
