// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/sentences.hpp"

#include <algorithm>
#include <vector>

#include "synth/speech/grammars.hpp"

namespace hyperlips::synth {
namespace {

const Grammar *grammar_of(std::string_view language) {
  language = language.substr(0, language.find('-'));
  const auto found = std::ranges::find(grammars(), language, &Grammar::language);
  return found == grammars().end() ? nullptr : &*found;
}

/// A random entry of a list separated by '|'.
std::string_view pick(std::string_view list, Random &random) {
  for (int skip = random.below(static_cast<int>(std::ranges::count(list, '|')) + 1); skip > 0;
       --skip)
    list.remove_prefix(list.find('|') + 1);
  return list.substr(0, list.find('|'));
}

std::string fill(const Grammar &grammar, std::string_view pattern, Random &random) {
  std::string sentence;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '{') {
      sentence += pattern[at];
      continue;
    }
    switch (pattern[at + 1]) {
      case 'S':
        sentence += pick(grammar.subjects, random);
        break;
      case 'N':
        sentence += pick(grammar.names, random);
        break;
      case 'V':
        sentence += pick(grammar.verbs, random);
        break;
      case 'O':
        sentence += pick(grammar.objects, random);
        break;
      case 'P':
        sentence += pick(grammar.places, random);
        break;
      case 'T':
        sentence += pick(grammar.times, random);
        break;
      case '2':
        sentence += std::to_string(2 + random.below(98));
        break;
      default:
        sentence += std::to_string(100 + random.below(9900));
    }
    at += 2;
  }
  return sentence;
}

/// Capitalizes the first letter: ASCII, Latin-1 and Cyrillic.
void capitalize(std::string &sentence) {
  auto byte = [&](std::size_t at) -> unsigned { return static_cast<unsigned char>(sentence[at]); };
  if (sentence.size() < 2) return;
  if (byte(0) >= 'a' && byte(0) <= 'z') {
    sentence[0] = static_cast<char>(byte(0) - 32);
  } else if ((byte(0) == 0xc3 && byte(1) >= 0xa0 && byte(1) != 0xb7 && byte(1) != 0xbf) ||
             (byte(0) == 0xd0 && byte(1) >= 0xb0)) {
    sentence[1] = static_cast<char>(byte(1) - 0x20);
  } else if (byte(0) == 0xd1 && byte(1) <= 0x8f) {
    sentence[0] = static_cast<char>(0xd0);
    sentence[1] = static_cast<char>(byte(1) + 0x20);
  }
}

std::string digits(SentenceLength length, Random &random) {
  std::string sentence = std::to_string(random.below(1000));
  if (length == SentenceLength::Any)
    for (int more = 1 + random.below(3); more > 0; --more)
      sentence += ", " + std::to_string(random.below(10000));
  return sentence + ".";
}

}  // namespace

std::span<const std::string_view> sentence_languages() {
  static const std::vector<std::string_view> languages = [] {
    std::vector<std::string_view> names;
    for (const Grammar &grammar : grammars()) names.push_back(grammar.language);
    return names;
  }();
  return languages;
}

std::string random_sentence(std::string_view language, SentenceLength length, Random &random) {
  const Grammar *grammar = grammar_of(language);
  if (!grammar) return digits(length, random);
  const bool is_short = length == SentenceLength::Short || random.chance(0.2f);
  std::string sentence =
      fill(*grammar, pick(is_short ? grammar->shorts : grammar->sentences, random), random);
  capitalize(sentence);
  return sentence;
}

}  // namespace hyperlips::synth
