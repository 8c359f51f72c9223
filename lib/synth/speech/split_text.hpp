// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hyperlips::synth {

/// Splits a text into sentences: after . ! ? and their equivalents in other scripts, but not after
/// abbreviations such as "Dr."; sentences of more than 400 bytes are split at a comma or a space.
/// Control characters and runs of white space become one space. Throws Error{Settings} if `text` is
/// not valid UTF-8.
std::vector<std::string> split_sentences(std::string_view text);

}  // namespace hyperlips::synth
