// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/mixed_dataset.hpp"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "hyperlips/error.hpp"

namespace hyperlips::training {
namespace {

/// Examples with one number.
class Constant : public Dataset {
 public:
  explicit Constant(float value) : value_(value) {}
  std::int64_t epoch() const override { return 5; }
  Batch example(std::uint64_t, std::int64_t) const override {
    return {{"x", torch::full({1}, value_)}};
  }
  std::int64_t unreadable() const override { return 2; }

 private:
  float value_;
};

TEST(MixedDataset, DrawsByWeight) {
  const MixedDataset set({{std::make_shared<Constant>(1)},
                          {std::make_shared<Constant>(2), 0.5},
                          {std::make_shared<Constant>(3), 2.5}});
  EXPECT_EQ(set.epoch(), 15);
  EXPECT_EQ(set.unreadable(), 6);
  constexpr int kExamples = 4000;
  int counts[4] = {};
  for (int i = 0; i < kExamples; ++i) {
    const int from = int(set.example(7, i).at("x").item<float>());
    ++counts[from];
    EXPECT_EQ(int(set.example(7, i).at("x").item<float>()), from);
  }
  EXPECT_NEAR(counts[1], kExamples * 1 / 4.0, 150);
  EXPECT_NEAR(counts[2], kExamples * 0.5 / 4, 150);
  EXPECT_NEAR(counts[3], kExamples * 2.5 / 4, 150);
}

TEST(MixedDataset, SingleSetIsNotWrapped) {
  const auto only = std::make_shared<Constant>(1);
  EXPECT_EQ(mixed({{only, 0.2}}), only);
  EXPECT_EQ(mixed({}), nullptr);
}

TEST(MixedDataset, RejectsInvalidWeights) {
  EXPECT_THROW(MixedDataset({}), Error);
  EXPECT_THROW(MixedDataset({{std::make_shared<Constant>(1), 0}}), Error);
  EXPECT_THROW(MixedDataset({{std::make_shared<Constant>(1), -1}}), Error);
}

}  // namespace
}  // namespace hyperlips::training
