// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "hyperlips/error.hpp"
#include "synth/random_streams.hpp"
#include "synth/speech/sentences.hpp"
#include "synth/speech/split_text.hpp"
#include "util/utf8.hpp"

using namespace hyperlips;
using namespace hyperlips::synth;

namespace {

using Strings = std::vector<std::string>;

bool is_utf8(const std::string &text) {
  for (std::size_t at = 0; at < text.size();)
    if (next_code_point(text, at) == kNotUtf8) return false;
  return true;
}

TEST(Sentences, CompleteAndVariedInAllLanguages) {
  ASSERT_GE(sentence_languages().size(), 11u);
  for (const std::string_view language : sentence_languages()) {
    Random random(7, kStreamText);
    std::set<std::string> different;
    bool question = false, number = false;
    std::size_t shortest = 1000, longest = 0;
    for (int i = 0; i < 300; ++i) {
      const std::string sentence = random_sentence(language, SentenceLength::Any, random);
      EXPECT_TRUE(is_utf8(sentence)) << sentence;
      EXPECT_EQ(sentence.find_first_of("{}|"), sentence.npos) << sentence;
      EXPECT_EQ(sentence.find("  "), sentence.npos) << sentence;
      EXPECT_NE(std::string_view(".?!").find(sentence.back()), std::string_view::npos) << sentence;
      EXPECT_FALSE(sentence[0] >= 'a' && sentence[0] <= 'z') << sentence;
      EXPECT_EQ(split_sentences(sentence).size(), 1u) << sentence;
      question |= sentence.find('?') != sentence.npos;
      number |= sentence.find_first_of("0123456789") != sentence.npos;
      shortest = std::min(shortest, sentence.size());
      longest = std::max(longest, sentence.size());
      different.insert(sentence);
    }
    EXPECT_GT(different.size(), 200u) << language;
    EXPECT_TRUE(question && number) << language;
    EXPECT_LT(shortest, 20u) << language;
    EXPECT_GT(longest, 60u) << language;
  }
}

TEST(Sentences, DependOnSeedOnly) {
  Random a(1, 2), b(1, 2), c(2, 2);
  const std::string first = random_sentence("de", SentenceLength::Any, a);
  EXPECT_EQ(first, random_sentence("de", SentenceLength::Any, b));
  EXPECT_NE(first, random_sentence("de", SentenceLength::Any, c));
}

TEST(Sentences, ShortLength) {
  for (const std::string_view language : sentence_languages()) {
    Random random(3, 4);
    for (int i = 0; i < 50; ++i)
      EXPECT_LT(random_sentence(language, SentenceLength::Short, random).size(), 90u);
  }
}

TEST(Sentences, RegionalAndUnknownLanguages) {
  Random a(1, 2), b(1, 2), c(1, 2);
  EXPECT_EQ(random_sentence("en-US", SentenceLength::Any, a),
            random_sentence("en", SentenceLength::Any, b));
  EXPECT_NE(random_sentence("ko", SentenceLength::Any, c).find_first_of("0123456789"),
            std::string::npos);
}

TEST(SplitText, SplitsAtSentenceEnds) {
  EXPECT_EQ(split_sentences("One. Two? \"Three!\" Four"),
            (Strings{"One.", "Two?", "\"Three!\"", "Four"}));
  EXPECT_EQ(split_sentences("It costs 3.50 today, e.g. here..."),
            (Strings{"It costs 3.50 today, e.g. here..."}));
  EXPECT_EQ(split_sentences("Mrs. Webb met J. Moore. Who?"),
            (Strings{"Mrs. Webb met J. Moore.", "Who?"}));
  EXPECT_EQ(split_sentences(" A\n\n line\tmore \x01 "), (Strings{"A line more"}));
  EXPECT_EQ(split_sentences("你好。再见！"), (Strings{"你好。", "再见！"}));
  EXPECT_EQ(split_sentences("Wait... What?!"), (Strings{"Wait...", "What?!"}));
  EXPECT_TRUE(split_sentences(" \n ").empty());
  EXPECT_TRUE(split_sentences("").empty());
}

TEST(SplitText, SplitsLongSentences) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += i % 40 == 39 ? "word, " : "word ";
  std::string unbroken;
  for (int i = 0; i < 1000; ++i) unbroken += "ä";
  for (const std::string &each : {text, unbroken}) {
    std::string joined;
    for (const std::string &piece : split_sentences(each)) {
      EXPECT_LE(piece.size(), 400u);
      EXPECT_TRUE(is_utf8(piece));
      joined += piece;
    }
    auto without_spaces = [](std::string s) {
      std::erase(s, ' ');
      return s;
    };
    EXPECT_EQ(without_spaces(joined), without_spaces(each));
  }
}

TEST(SplitText, RejectsInvalidUtf8) {
  for (const char *text :
       {"a\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80"}) {
    try {
      split_sentences(text);
      ADD_FAILURE() << "accepted";
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Settings);
      EXPECT_NE(std::string(error.what()).find("offset"), std::string::npos);
    }
  }
}

}  // namespace
