// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "hyperlips/error.hpp"
#include "tests/training/data/generated_clips.hpp"

namespace hyperlips::training {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names(const std::vector<Clip> &clips) {
  std::vector<std::string> names;
  for (const auto &clip : clips) names.push_back(clip.name);
  return names;
}

/// Folders with empty files: list_clips() does not read them.
class ClipListTest : public testing::Test {
 protected:
  void add_clip(const std::string &name, int first, int count, bool sound = true) {
    const fs::path folder = data_ / "imgs" / name;
    for (int i = first; i < first + count; ++i)
      test::write_bytes(folder / (std::to_string(i) + ".jpg"), "");
    if (sound) test::write_bytes(folder / "audio.wav", "");
  }

  std::string failure(const fs::path &root, const ClipListOptions &options = {}) {
    try {
      list_clips(root, options);
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::NotFound);
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return {};
  }

  test::TemporaryFolder folder_;
  fs::path data_ = folder_ / "data";
};

TEST_F(ClipListTest, FrameRangesWithGaps) {
  add_clip("a/1", 0, 3);
  add_clip("a/1", 7, 20);
  for (const char *other : {"07.jpg", "x.jpg", "-1.jpg", "3.png", ".jpg", "99999999999.jpg"})
    test::write_bytes(data_ / "imgs/a/1" / other, "");
  const ClipList list = list_clips(data_, {});
  ASSERT_EQ(list.train.size(), 1u);
  const Clip &clip = list.train[0];
  EXPECT_EQ(clip.ranges, (std::vector<FrameRange>{{0, 3}, {7, 20}}));
  EXPECT_EQ(clip.frames(), 23);
  EXPECT_EQ(clip.picture(12), data_ / "imgs/a/1/12.jpg");
  // Windows of five start at 7 ... 22.
  EXPECT_EQ(clip.windows(0, 1000), 16);
  EXPECT_EQ(clip.window(0, 1000, 0), 7);
  EXPECT_EQ(clip.window(0, 1000, 15), 22);
  EXPECT_EQ(clip.windows(10, 12), 3);
  EXPECT_EQ(clip.window(10, 12, 2), 12);
  EXPECT_EQ(clip.windows(23, 1000), 0);
  EXPECT_THROW(clip.window(0, 1000, 16), Error);
}

TEST_F(ClipListTest, WindowsAcrossRanges) {
  const Clip clip{"a/1", {}, {{2, 6}, {20, 5}}};  // 2, 3 and 20
  EXPECT_EQ(clip.windows(0, 100), 3);
  EXPECT_EQ(clip.window(0, 100, 2), 20);
  EXPECT_EQ(clip.window(3, 100, 1), 20);
}

TEST_F(ClipListTest, CountsUnusableClips) {
  add_clip("a/1", 0, 16);
  add_clip("a/15", 0, 15);  // published: at most 15 are never drawn
  add_clip("a/mute", 0, 30, false);
  for (int i = 0; i < 40; ++i) add_clip("a/gaps", 4 * i, 2);  // no five in succession
  const ClipList list = list_clips(data_, {});
  EXPECT_EQ(names(list.train), (std::vector<std::string>{"a/1"}));
  EXPECT_EQ(list.too_short, 2);
  EXPECT_EQ(list.without_sound, 1);
  EXPECT_EQ(list.missing, 0);
  EXPECT_EQ(list.left_out(), 3);
  ClipListOptions silent;
  silent.needs_sound = false;
  EXPECT_EQ(list_clips(data_, silent).without_sound, 0);
}

TEST_F(ClipListTest, SeedChoosesATenthForValidation) {
  for (int i = 0; i < 40; ++i)
    add_clip("s" + std::to_string(i % 4) + "/" + std::to_string(i), 0, 16);
  std::set<std::vector<std::string>> held_out;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    ClipListOptions options;
    options.seed = seed;
    const ClipList list = list_clips(data_, options);
    EXPECT_EQ(list.train.size(), 36u);
    EXPECT_EQ(list.validation.size(), 4u);
    auto all = names(list.train);
    const auto validation = names(list.validation);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    all.insert(all.end(), validation.begin(), validation.end());
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 40u);
    EXPECT_EQ(validation, names(list_clips(data_, options).validation));
    held_out.insert(validation);
  }
  EXPECT_EQ(held_out.size(), 3u);
}

TEST_F(ClipListTest, ValidationOfFewClips) {
  add_clip("a/1", 0, 16);
  EXPECT_EQ(list_clips(data_, {}).validation.size(), 0u);
  add_clip("a/2", 0, 16);
  const ClipList list = list_clips(data_, {});
  EXPECT_EQ(list.train.size(), 1u);
  EXPECT_EQ(list.validation.size(), 1u);
}

TEST_F(ClipListTest, FindsFileListsOfPublishedLayouts) {
  for (const char *name : {"a/1", "a/2", "b/1"}) add_clip(name, 0, 16);
  for (const fs::path &place :
       {data_ / "imgs" / "filelists", data_ / "filelists", folder_ / "filelists"}) {
    test::write_bytes(place / "train.txt", "b/1\r\na/1 0\n\na/none\n");
    test::write_bytes(place / "val.txt", "a/2\n");
    for (const fs::path &root : {data_, data_ / "", data_ / "imgs"}) {
      const ClipList list = list_clips(root, {});
      // Lists inside the folder of pictures are used only if that folder is the root.
      if (list.filelists.empty()) {
        EXPECT_EQ(place, data_ / "imgs" / "filelists");
        continue;
      }
      EXPECT_EQ(list.filelists, place) << root;
      EXPECT_EQ(names(list.train), (std::vector<std::string>{"b/1", "a/1"}));
      EXPECT_EQ(names(list.validation), (std::vector<std::string>{"a/2"}));
      EXPECT_EQ(list.missing, 1);
    }
    ClipListOptions asked;
    asked.filelists = place;
    EXPECT_EQ(list_clips(data_, asked).train.size(), 2u);
    fs::remove_all(place);
  }
}

TEST_F(ClipListTest, EmptyValTxtMeansNoValidation) {
  for (const char *name : {"a/1", "a/2"}) add_clip(name, 0, 16);
  test::write_bytes(data_ / "filelists/train.txt", "a/1\na/2\n");
  test::write_bytes(data_ / "filelists/val.txt", "");
  const ClipList list = list_clips(data_, {});
  EXPECT_EQ(list.train.size(), 2u);
  EXPECT_TRUE(list.validation.empty());
}

TEST_F(ClipListTest, MissingValTxtHoldsOutATenth) {
  for (const char *name : {"a/1", "a/2", "b/1"}) add_clip(name, 0, 16);
  test::write_bytes(data_ / "filelists/train.txt", "a/1\na/2\n");
  const ClipList list = list_clips(data_, {});
  EXPECT_EQ(list.train.size(), 1u);
  EXPECT_EQ(list.validation.size(), 1u);
}

TEST_F(ClipListTest, ErrorsNameWhatIsMissing) {
  EXPECT_NE(failure(folder_ / "none").find("none' does not exist"), std::string::npos);
  fs::create_directories(data_ / "imgs");
  EXPECT_NE(failure(data_).find("SPEAKER/CLIP/N.jpg"), std::string::npos);
  add_clip("a/1", 0, 15);
  add_clip("a/2", 0, 16, false);
  const std::string message = failure(data_);
  EXPECT_NE(message.find("1 with fewer than 16 pictures"), std::string::npos) << message;
  EXPECT_NE(message.find("1 without audio.wav"), std::string::npos) << message;
  test::write_bytes(data_ / "filelists/train.txt", "a/3\n");
  EXPECT_NE(failure(data_).find("1 listed in"), std::string::npos);
  test::write_bytes(data_ / "filelists/train.txt", "\n");
  EXPECT_THROW(list_clips(data_, {}), Error);
  ClipListOptions asked;
  asked.filelists = folder_ / "lists";
  EXPECT_NE(failure(data_, asked).find("train.txt"), std::string::npos);
}

}  // namespace
}  // namespace hyperlips::training
