// SPDX-License-Identifier: LGPL-2.1-or-later
#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "common/temporary_folder.hpp"
#include "hyperlips/error.hpp"
#include "training/commands/clip_data.hpp"
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

TEST(DataSets, HaveWeights) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder / "a:2", "a file with a colon");
  const auto parsed = [](const std::string &text) { return parse_data_set(text); };
  EXPECT_EQ(parsed("data").path, "data");
  EXPECT_EQ(parsed("data").weight, 1);
  EXPECT_EQ(parsed("packs/synth.crops:0.3").path, "packs/synth.crops");
  EXPECT_EQ(parsed("packs/synth.crops:0.3").weight, 0.3);
  EXPECT_EQ(parsed(folder / "a:2").path, folder / "a:2");
  EXPECT_EQ(parsed(folder / "a:2").weight, 1);
  for (const char *wrong : {"data:0", "data:-1", "data:much", "data:", "data:inf", "data:nan"}) {
    EXPECT_THROW(parsed(wrong), Error) << wrong;
  }
  ClipDataOptions options;
  options.sets = {"a", "b:2"};
  EXPECT_EQ(data_sets(options).size(), 2u);
  options.filelists = "lists";
  EXPECT_THROW(data_sets(options), Error);
}

TEST(RunOptions, RatesOfParts) {
  RunOptions options;
  CLI::App app;
  add_run_options(app, options);
  app.parse("--rate decoder=0.1 hyper_control_net.hnet0=0 --device cpu");
  ASSERT_EQ(options.part_rates.size(), 2u);
  EXPECT_EQ(options.part_rates[0].part, "decoder");
  EXPECT_EQ(options.part_rates[0].factor, 0.1);
  EXPECT_EQ(resolve(app, options, Launch{}).part_rates[1].factor, 0);
  CLI::App other;
  add_run_options(other, options);
  EXPECT_THROW(other.parse("--rate decoder"), CLI::ValidationError);
}

TEST(RunOptions, RestartKeepsTheFileItStartsFrom) {
  const test::TemporaryFolder folder;
  test::write_bytes(folder / "run/checkpoint_step000000001.safetensors", "weights");
  RunOptions options;
  options.trainer.folder = folder / "run";
  options.from = folder / "run/checkpoint_step000000001.safetensors";
  options.restart = true;
  CLI::App app;
  add_run_options(app, options);
  try {
    resolve(app, options, Launch{});
    FAIL() << "no error";
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("--restart"), std::string::npos) << error.what();
  }
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
