// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "options.hpp"

namespace hyperlips::redub {

/// For a command line without files: writes a clip of a synthetic talking head and another sentence
/// by the same voice to the folder hyperlips-demo, and makes them VIDEO and SPEECH; OUT lies beside
/// them and is replaced. Throws Error, also where hyperlipstestsrc is not installed.
void make_demo(Options &options);

}  // namespace hyperlips::redub
