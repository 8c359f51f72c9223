// SPDX-License-Identifier: LGPL-2.1-or-later
#include "synth/speech/split_text.hpp"

#include "hyperlips/error.hpp"
#include "util/utf8.hpp"

namespace hyperlips::synth {
namespace {

constexpr std::size_t kMaxBytes = 400;

bool is_space(char32_t code) {
  return code <= 0x20 || (code >= 0x7f && code <= 0xa0) || (code >= 0x2000 && code <= 0x200b) ||
         code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000 ||
         code == 0xfeff;
}

/// Ends a sentence where white space follows.
bool is_end_before_space(char32_t code) {
  return code == '.' || code == '!' || code == '?' || code == 0x2026 || code == 0x61f ||
         code == 0x6d4 || code == 0x964 || code == 0x965 || code == 0x1362;
}

/// Ends a sentence in scripts without spaces.
bool is_end(char32_t code) { return code == 0x3002 || code == 0xff01 || code == 0xff1f; }

bool is_closing(char32_t code) {
  return code == '"' || code == '\'' || code == ')' || code == ']' || code == 0xbb ||
         code == 0x2019 || code == 0x201d || code == 0x300d || code == 0x300f;
}

/// Whether a full stop after `words` marks an abbreviation: "Mrs", "Dr", "J" (capitalized, without
/// a vowel).
bool is_abbreviation(std::string_view words) {
  const std::string_view word = words.substr(words.find_last_of(' ') + 1);
  if (word.empty() || word.size() > 4 || word[0] < 'A' || word[0] > 'Z') return false;
  return word.size() == 1 || word.find_first_of("AEIOUYaeiouy") == word.npos;
}

/// The text with single spaces, none at its ends.
std::string simplify(std::string_view text) {
  std::string simple;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    const char32_t code = next_code_point(text, at);
    if (code == kNotUtf8)
      throw Error(ErrorKind::Settings, "The text is not valid UTF-8: invalid byte at offset " +
                                           std::to_string(start) + ".");
    if (!is_space(code))
      simple += text.substr(start, at - start);
    else if (!simple.empty() && simple.back() != ' ')
      simple += ' ';
  }
  if (!simple.empty() && simple.back() == ' ') simple.pop_back();
  return simple;
}

/// Where to cut a sentence that is too long: after the last comma, else the last space, else before
/// the character that no longer fits.
std::size_t cut_of(std::string_view sentence) {
  const std::string_view head = sentence.substr(0, kMaxBytes);
  for (const char *marks : {",;:", " "})
    if (const std::size_t found = head.find_last_of(marks);
        found != head.npos && found > kMaxBytes / 4)
      return found + 1;
  std::size_t at = head.size();
  while ((static_cast<unsigned char>(sentence[at]) & 0xc0) == 0x80) --at;
  return at;
}

void append(std::vector<std::string> &sentences, std::string_view sentence) {
  while (true) {
    while (!sentence.empty() && sentence.front() == ' ') sentence.remove_prefix(1);
    if (sentence.size() <= kMaxBytes) break;
    const std::size_t cut = cut_of(sentence);
    sentences.emplace_back(sentence.substr(0, cut));
    sentence.remove_prefix(cut);
  }
  if (!sentence.empty()) sentences.emplace_back(sentence);
}

}  // namespace

std::vector<std::string> split_sentences(std::string_view text) {
  const std::string simple = simplify(text);
  std::vector<std::string> sentences;
  std::size_t start = 0;
  for (std::size_t at = 0; at < simple.size();) {
    const char32_t code = next_code_point(simple, at);
    if (!is_end(code) && !is_end_before_space(code)) continue;
    if (code == '.' && is_abbreviation(std::string_view(simple).substr(0, at - 1))) continue;
    for (std::size_t ahead = at; ahead < simple.size(); at = ahead)
      if (const char32_t next = next_code_point(simple, ahead);
          !is_closing(next) && !is_end_before_space(next) && !is_end(next))
        break;
    // "z.B. a", "e.g. a": the sentence continues with a lowercase letter.
    const bool continues = at + 1 < simple.size() &&
                           (simple[at] != ' ' || (simple[at + 1] >= 'a' && simple[at + 1] <= 'z'));
    if (continues && !is_end(code)) continue;
    append(sentences, std::string_view(simple).substr(start, at - start));
    start = at;
  }
  append(sentences, std::string_view(simple).substr(start));
  return sentences;
}

}  // namespace hyperlips::synth
