// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hyperlips::synth {

/// The sentences of a text: it is cut behind . ! ? and their like in other scripts, but not behind
/// abbreviations like "Dr.", and where a sentence has more than 400 bytes at a comma or a space.
/// Control characters and runs of white space become one space. Throws Error{Settings} where `text`
/// is not UTF-8.
std::vector<std::string> split_sentences(std::string_view text);

}  // namespace hyperlips::synth
