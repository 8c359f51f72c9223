// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/pair_list.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "common/temporary_folder.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips::training {
namespace {

class PairList : public testing::Test {
 protected:
  std::vector<VideoPaths> read(const std::string &text) {
    std::ofstream(path_) << text;
    return read_pair_list(path_);
  }
  std::string at(const std::string &name) const { return (folder_ / name).string(); }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "pairs.txt";
};

TEST_F(PairList, PathsSpeakersAndFrames) {
  const auto pairs = read(
      "# folds\n\na 0.mkv\ttruth.mp4\nb.mkv\t/t.mp4\tspeaker.mp4\t50\t100\r\n"
      "c.mkv\tt.mp4\t-\t100\nx.mkv\tt.mp4\t\t-\t20\n");
  ASSERT_EQ(pairs.size(), 4u);
  EXPECT_EQ(pairs[0].result, at("a 0.mkv"));
  EXPECT_EQ(pairs[0].truth, at("truth.mp4"));
  EXPECT_EQ(pairs[0].speaker, "");
  EXPECT_EQ(pairs[0].first, 0);
  EXPECT_EQ(pairs[0].last, VideoPaths().last);
  EXPECT_EQ(pairs[1].truth, "/t.mp4");
  EXPECT_EQ(pairs[1].speaker, at("speaker.mp4"));
  EXPECT_EQ(pairs[1].first, 50);
  EXPECT_EQ(pairs[1].last, 100);
  EXPECT_EQ(pairs[2].speaker, "");
  EXPECT_EQ(pairs[2].first, 100);
  EXPECT_EQ(pairs[3].last, 20);
}

TEST_F(PairList, NamesFileAndLine) {
  for (const auto &[text, words] : {std::pair{"a.mkv\tb.mkv\na.mkv\n", "line 2"},
                                    {"a.mkv\tb.mkv\t-\tx\n", "'x'"},
                                    {"a.mkv\tb.mkv\t-\t-5\n", "'-5'"},
                                    {"a\tb\tc\t1\t2\t3\n", "line 1"},
                                    {"\tb\n", "RESULT"},
                                    {"# nothing\n", "no pairs"}}) {
    try {
      read(text);
      ADD_FAILURE() << text;
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Format);
      EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find("pairs.txt"), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(read_pair_list(folder_ / "missing.txt"), Error);
}

}  // namespace
}  // namespace hyperlips::training
