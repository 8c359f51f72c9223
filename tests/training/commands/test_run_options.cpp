// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "hyperlips/error.hpp"
#include "training/commands/loss_option.hpp"
#include "training/commands/run_options.hpp"

namespace hyperlips::training {
namespace {

TEST(Duration, ParsesUnits) {
  using std::chrono::seconds;
  EXPECT_EQ(parse_duration("90"), seconds(90));
  EXPECT_EQ(parse_duration("90s"), seconds(90));
  EXPECT_EQ(parse_duration("10m"), seconds(600));
  EXPECT_EQ(parse_duration("1.5h"), seconds(5400));
  EXPECT_EQ(parse_duration("7d"), seconds(604800));
}

TEST(Duration, RejectsInvalidTexts) {
  for (const char *text : {"", "m", "0", "-3m", "10 minutes", "10x", "nan", "1e30d", "5m5"}) {
    EXPECT_THROW(parse_duration(text), Error) << text;
  }
}

TEST(LossOption, SetsWeightsByName) {
  double l1 = 0.77, sync = 0.03;
  CLI::App app;
  add_loss_option(app, {{"l1", &l1}, {"sync", &sync}});
  app.parse("--loss l1=0.5 sync=0");
  EXPECT_EQ(l1, 0.5);
  EXPECT_EQ(sync, 0);
}

TEST(LossOption, RejectsUnknownNames) {
  double l1 = 0.77;
  for (const char *text : {"--loss l2=1", "--loss l1", "--loss l1=much", "--loss =1"}) {
    CLI::App app;
    add_loss_option(app, {{"l1", &l1}});
    EXPECT_THROW(app.parse(text), CLI::ValidationError) << text;
  }
  EXPECT_EQ(l1, 0.77);
}

TEST(RunOptions, RecordsConfiguration) {
  RunOptions options;
  CLI::App app;
  add_run_options(app, options);
  app.parse("--steps 12 --seed 7 --time 2m --precision fp32 --device cpu --freeze face_encoder");
  const StageOptions stage = resolve(app, options, Launch{});
  EXPECT_EQ(options.trainer.steps, 12);
  EXPECT_EQ(options.trainer.time, std::chrono::seconds(120));
  EXPECT_EQ(options.trainer.batch, options.cpu_batch);
  EXPECT_EQ(options.trainer.device, "cpu");
  EXPECT_FALSE(stage.bf16);
  EXPECT_EQ(stage.seed, 7u);
  EXPECT_EQ(stage.frozen, std::vector<std::string>{"face_encoder"});
  const std::string config = options.trainer.config.at("options");
  EXPECT_NE(config.find("steps=12"), std::string::npos) << config;
  EXPECT_NE(config.find("accumulate=1"), std::string::npos) << config;
}

}  // namespace
}  // namespace hyperlips::training
