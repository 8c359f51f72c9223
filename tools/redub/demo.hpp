// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstdint>

#include "options.hpp"

namespace hyperlips::redub {

/// The synthetic person of the demonstration, as properties of hyperlipstestsrc.
inline constexpr std::uint64_t kDemoSeed = 7;
inline constexpr const char *kDemoLanguage = "en";
/// What is said in VIDEO and in SPEECH.
inline constexpr const char *kDemoVideoText =
    "This person was never filmed. A number and a few thousand triangles made this face, and a "
    "speech program gave it a voice. While it talks, each mouth that it makes is collected. Papa "
    "and mama bought five very big blue boats. Far away, warm water washes over sharp stones. How "
    "wide can a mouth open? Ah! That should be enough for any other sentence.";
inline constexpr const char *kDemoSpeechText =
    "And now the same mouth says something else, because my lips follow any speech.";

/// Prepares a run without files: writes a clip of a synthetic person and another sentence in the
/// same voice to the folder hyperlips-demo and makes them VIDEO and SPEECH; OUT is written beside
/// them and replaced. False if `cancelled` interrupted it. Throws Error, also if hyperlipstestsrc
/// is not installed.
bool make_demo(Options &options, const std::atomic<bool> &cancelled);

}  // namespace hyperlips::redub
