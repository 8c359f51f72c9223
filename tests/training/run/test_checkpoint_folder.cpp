// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/checkpoint_folder.hpp"

#include <torch/types.h>

#include "common/model_testing.hpp"
#include "file_limit.hpp"

namespace hyperlips::training {
namespace {

using test::expect_error;

class CheckpointFolderTest : public testing::Test {
 protected:
  CheckpointFolder open(int keep = 2) {
    return {temporary_.path(), keep, [this](const auto &text) { warnings_.push_back(text); }};
  }

  static TrainingCheckpoint checkpoint(std::int64_t step) {
    TrainingCheckpoint checkpoint{"base", step, 0, {}, {}};
    checkpoint.tensors["model.a"] = torch::full({10}, double(step));
    return checkpoint;
  }

  static std::vector<std::int64_t> steps(const CheckpointFolder &folder) {
    std::vector<std::int64_t> steps;
    for (const auto &file : folder.files()) steps.push_back(file.step);
    return steps;
  }

  test::TemporaryFolder temporary_;
  std::vector<std::string> warnings_;
};

using Steps = std::vector<std::int64_t>;

TEST_F(CheckpointFolderTest, FindsNewest) {
  const auto folder = open(10);
  EXPECT_FALSE(folder.read_newest());
  folder.write(checkpoint(3000));
  folder.write(checkpoint(20));
  folder.write(checkpoint(1'234'567'890));
  EXPECT_TRUE(std::filesystem::exists(temporary_ / "checkpoint_step000003000.safetensors"));
  for (const auto *other : {"checkpoint_step3000.safetensors", "checkpoint_step.safetensors",
                            "checkpoint_step00000300x.safetensors", "model.safetensors",
                            "checkpoint_step999999999.safetensors.tmp"}) {
    test::write_bytes(temporary_ / other, "");
  }
  EXPECT_EQ(steps(folder), (Steps{20, 3000, 1'234'567'890}));
  const auto newest = folder.read_newest();
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->first.step, 1'234'567'890);
  EXPECT_EQ(newest->second.step, 1'234'567'890);
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(CheckpointFolderTest, ClearDeletesCheckpointsAndBest) {
  const auto folder = open(2);
  folder.clear();
  for (const int step : {10, 20, 30}) folder.write(checkpoint(step));
  folder.mark_best(20, "sync", 0.5);
  test::write_bytes(temporary_ / "events.out.tfevents.1", "kept");
  folder.clear();
  EXPECT_TRUE(folder.files().empty());
  EXPECT_FALSE(folder.best());
  EXPECT_FALSE(folder.read_newest());
  EXPECT_TRUE(std::filesystem::exists(temporary_ / "events.out.tfevents.1"));
}

TEST_F(CheckpointFolderTest, KeepsNewestAndBest) {
  const auto folder = open(2);
  for (const int step : {10, 20, 30}) folder.write(checkpoint(step));
  EXPECT_EQ(steps(folder), (Steps{20, 30}));
  EXPECT_FALSE(folder.best());
  folder.mark_best(20, "sync", 0.5);
  for (const int step : {40, 50}) folder.write(checkpoint(step));
  EXPECT_EQ(steps(folder), (Steps{20, 40, 50}));
  EXPECT_EQ(open().best()->step, 20);
  EXPECT_EQ(open().best()->path, folder.path_of(20));
  folder.mark_best(50, "sync", 0.4);
  folder.write(checkpoint(60));
  EXPECT_EQ(steps(folder), (Steps{50, 60}));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(CheckpointFolderTest, RejectsKeepingNone) {
  expect_error(ErrorKind::Settings, {"0", "at least 1"}, [&] { open(0); });
  const auto folder = open(1);
  for (const int step : {10, 20}) folder.write(checkpoint(step));
  EXPECT_EQ(steps(folder), (Steps{20}));
}

TEST_F(CheckpointFolderTest, SkipsDamagedNewestFile) {
  const auto folder = open(1);
  folder.write(checkpoint(10));
  std::filesystem::copy_file(folder.path_of(10), temporary_ / "saved");
  folder.write(checkpoint(20));
  std::filesystem::rename(temporary_ / "saved", folder.path_of(10));
  std::filesystem::resize_file(folder.path_of(20), 100);
  EXPECT_EQ(folder.read_newest()->second.step, 10);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_NE(warnings_[0].find("checkpoint_step000000020"), std::string::npos);

  // Going on from there, the damaged file is neither counted nor a reason to delete the good one.
  folder.write(checkpoint(15));
  EXPECT_EQ(steps(folder), (Steps{15, 20}));
  EXPECT_EQ(folder.read_newest()->second.step, 15);
  folder.write(checkpoint(20));
  EXPECT_EQ(steps(folder), (Steps{20}));
  EXPECT_EQ(folder.read_newest()->second.step, 20);
}

TEST_F(CheckpointFolderTest, ThrowsIfAllAreDamaged) {
  const auto folder = open();
  test::write_bytes(folder.path_of(10), "damaged");
  test::write_bytes(folder.path_of(20), "");
  expect_error(
      ErrorKind::Format,
      {temporary_.path().string(), "choose another folder", "step000000010", "step000000020"},
      [&] { folder.read_newest(); });
}

TEST_F(CheckpointFolderTest, FullDiskDeletesNothing) {
  const auto folder = open(1);
  folder.write(checkpoint(10));
  auto large = checkpoint(20);
  large.tensors["model.b"] = torch::zeros(100'000);
  {
    const test::FileLimit limit(100'000);
    expect_error(ErrorKind::Failed, {"checkpoint_step000000020"}, [&] { folder.write(large); });
  }
  EXPECT_EQ(steps(folder), (Steps{10}));
  EXPECT_EQ(folder.read_newest()->second.step, 10);
}

TEST_F(CheckpointFolderTest, PrepareRemovesIncompleteFiles) {
  const auto deep = temporary_ / "a/b";
  const CheckpointFolder folder(deep, 1, [](const auto &) {});
  EXPECT_TRUE(folder.files().empty());
  folder.prepare();
  folder.write(checkpoint(10));
  test::write_bytes(deep / ".hyperlips-123.tmp", "half");
  test::write_bytes(deep / ".hyperlips-x.tmp", "not ours");
  folder.prepare();
  EXPECT_FALSE(std::filesystem::exists(deep / ".hyperlips-123.tmp"));
  EXPECT_TRUE(std::filesystem::exists(deep / ".hyperlips-x.tmp"));
  EXPECT_EQ(steps(folder), (Steps{10}));

  test::write_bytes(temporary_ / "file", "");
  const CheckpointFolder wrong(temporary_ / "file", 1, [](const auto &) {});
  expect_error(ErrorKind::Failed, {"file"}, [&] { wrong.prepare(); });
}

TEST_F(CheckpointFolderTest, MissingOrDamagedBest) {
  const auto folder = open(1);
  folder.write(checkpoint(10));
  folder.mark_best(5, "sync", 1);
  EXPECT_FALSE(folder.best());
  EXPECT_TRUE(warnings_.empty());
  test::write_bytes(temporary_ / "best.json", "{");
  EXPECT_FALSE(folder.best());
  EXPECT_EQ(warnings_.size(), 1u);
}

}  // namespace
}  // namespace hyperlips::training
