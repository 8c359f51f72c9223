// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstdint>

#include "options.hpp"

namespace hyperlips::redub {

/// The person of the demonstration, as hyperlipstestsrc takes it.
inline constexpr std::uint64_t kDemoSeed = 7;
inline constexpr const char *kDemoLanguage = "en";
inline constexpr const char *kDemoSaid =
    "This person was never born. A seed and a few thousand triangles made this face.";
inline constexpr const char *kDemoToSay =
    "And now the same mouth says something else, because my lips follow any speech.";

/// For a command line without files: writes a clip of a synthetic talking head and another sentence
/// by the same voice to the folder hyperlips-demo, and makes them VIDEO and SPEECH; OUT lies beside
/// them and is replaced. Where no model is named, one that knows this person is trained there
/// first, from minutes of other sentences, and serves all later runs. False when `cancelled` ended
/// it early. Throws Error, also where hyperlipstestsrc or hyperlips-train is not installed.
bool make_demo(Options &options, const std::atomic<bool> &cancelled);

}  // namespace hyperlips::redub
