// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace hyperlips::training {

/// Frames a second of every data set, and of what lip-sync experts look at.
inline constexpr int kFrameRate = 25;

}  // namespace hyperlips::training
