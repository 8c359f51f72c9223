// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "util/random.hpp"

namespace hyperlips::synth {

/// The languages of the grammars, as espeak-ng names them.
std::span<const std::string_view> sentence_languages();

enum class SentenceLength { Short, Any };

/// A random sentence from a small grammar: UTF-8, with a capital letter and a final punctuation
/// mark. A regional language ("en-US", "de-AT", ...) uses the grammar of its primary language;
/// languages without one get a series of numbers.
std::string random_sentence(std::string_view language, SentenceLength length, Random &random);

}  // namespace hyperlips::synth
