// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hyperlips::training {

/// Three to six synthetic people who speak a language at the same time: `count` samples at 16 kHz
/// that depend on the seed alone. Throws as synth::Performance does.
std::vector<float> babble(const std::string &language, std::uint64_t seed, std::size_t count);

}  // namespace hyperlips::training
