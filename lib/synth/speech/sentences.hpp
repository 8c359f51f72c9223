// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "util/random.hpp"

namespace hyperlips::synth {

/// The languages that sentences can be made up in, as espeak-ng names them.
std::span<const std::string_view> sentence_languages();

enum class SentenceLength { Short, Any };

/// A sentence made up from a small grammar: UTF-8, with capital and final mark. A language without
/// a grammar ("en-US", "de-AT", ...) takes that of its first part, any other counts in numbers.
std::string made_up_sentence(std::string_view language, SentenceLength length, Random &random);

}  // namespace hyperlips::synth
