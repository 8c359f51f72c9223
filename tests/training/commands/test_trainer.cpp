// SPDX-License-Identifier: LGPL-2.1-or-later
// The training loop with a small stage that has what the real ones have: a norm, two networks with
// separate optimizers, validation.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include <gtest/gtest.h>
#include <torch/nn/functional/loss.h>
#include <torch/nn/init.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>

#include "hyperlips/error.hpp"
#include "hyperlips/nn/batch_norm.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/adapt/adapt_frames.hpp"
#include "training/run/checkpoint_folder.hpp"
#include "training/run/starting_weights.hpp"
#include "training/run/trainer.hpp"
#include "util/random.hpp"

namespace hyperlips::training {
namespace {

namespace fs = std::filesystem;

class Numbers : public Dataset {
 public:
  std::int64_t epoch() const override { return 10; }
  Batch example(std::uint64_t seed, std::int64_t index) const override {
    Random random(seed, "numbers", std::uint64_t(index));
    torch::Tensor x = torch::empty({1, 4, 4});
    for (int i = 0; i < 16; ++i) x.data_ptr<float>()[i] = float(random.uniform_double());
    return {{"x", x}, {"y", 1 - x}};
  }
  std::int64_t unreadable() const override { return 0; }
};

class SmallStage : public Stage {
 public:
  explicit SmallStage(std::uint64_t seed = 1) {
    torch::manual_seed(seed);
    for (auto *network : {&model_, &disc_}) {
      *network = torch::nn::Sequential(
          torch::nn::Conv2d(torch::nn::Conv2dOptions(1, 4, 3).padding(1)), BatchNorm2d(4),
          torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 1, 3).padding(1)));
    }
  }
  std::vector<Trained> trained() override {
    return {{"model", "small", model_.ptr(), 1e-2, {0.5, 0.999}, rates},
            {"disc", "small", disc_.ptr(), 5e-3, {0.5, 0.999}, {}}};
  }
  Losses accumulate(const Batch &batch, double weight) override {
    ++steps_;
    if (nan_from <= steps_ && steps_ <= nan_to)
      model_->forward(batch.at("x") * std::numeric_limits<float>::quiet_NaN());
    const double poison =
        nan_from <= steps_ && steps_ <= nan_to ? std::numeric_limits<double>::quiet_NaN() : 1;
    const torch::Tensor made = model_->forward(batch.at("x"));
    const torch::Tensor l1 = torch::nn::functional::l1_loss(made, batch.at("y")) * poison;
    (l1 * weight).backward();
    const torch::Tensor disc = disc_->forward(made.detach()).square().mean();
    (disc * weight).backward();
    return {{"l1", l1.item<double>()}, {"total", l1.item<double>()}, {"disc", disc.item<double>()}};
  }
  Losses validate(const Batch &batch) override {
    const torch::NoGradGuard no_grad;
    model_->eval();
    const double l1 = torch::nn::functional::l1_loss(model_->forward(batch.at("x")), batch.at("y"))
                          .item<double>();
    model_->train();
    // As a total with an adversarial term, which falls while the picture gets worse.
    return {{"l1", l1}, {"total", misleading ? -l1 : l1}};
  }
  void validated(const Losses &) override { ++validations; }
  nlohmann::json state() const override { return {{"validations", validations}}; }
  void restore(const nlohmann::json &state) override { validations = state["validations"]; }
  cv::Mat sample_grid(const Batch &, int rows) override {
    return cv::Mat(8 * rows, 8, CV_8UC3, cv::Scalar::all(90));
  }

  int nan_from = 0, nan_to = -1;
  bool misleading = false;
  int validations = 0;
  std::vector<PartRate> rates;

 private:
  torch::nn::Sequential model_{nullptr}, disc_{nullptr};
  int steps_ = 0;
};

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("trainer-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    at::set_num_threads(1);
  }
  void TearDown() override { fs::remove_all(folder_); }

  TrainerOptions options(const std::string &name, std::int64_t steps) const {
    TrainerOptions options;
    options.folder = folder_ / name;
    options.stage = "small";
    options.steps = steps;
    options.batch = 4;
    options.quiet = true;
    options.validate_interval = 5;
    options.validate_batches = 2;
    options.checkpoint_interval = 5;
    options.sample_interval = 0;
    options.average = 0.9;
    return options;
  }

  TrainResult train(SmallStage &stage, const TrainerOptions &options,
                    std::function<void(std::int64_t, const Losses &)> on_step = {}) {
    ProcessGroup group(Launch{});
    Trainer trainer(stage, std::make_shared<Numbers>(), std::make_shared<Numbers>(), options,
                    group);
    trainer.on_step(std::move(on_step));
    return trainer.run();
  }

  TrainingCheckpoint newest(const std::string &name) const {
    return CheckpointFolder(folder_ / name, 3, [](const std::string &) {}).read_newest()->second;
  }

  fs::path folder_;
};

void expect_same(const TrainingCheckpoint &a, const TrainingCheckpoint &b) {
  EXPECT_EQ(a.step, b.step);
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (const auto &[name, tensor] : a.tensors) {
    ASSERT_TRUE(b.tensors.contains(name)) << name;
    EXPECT_TRUE(torch::equal(tensor, b.tensors.at(name))) << name;
  }
}

TEST_F(TrainerTest, LossDecreases) {
  SmallStage stage;
  const TrainResult result = train(stage, options("run", 60));
  EXPECT_EQ(result.step, 60);
  EXPECT_EQ(result.skipped, 0);
  EXPECT_FALSE(result.interrupted);
  EXPECT_LT(result.validation.at(0).second, 0.6 * result.first_validation.at(0).second);
  EXPECT_LE(result.best, result.validation.at(0).second);
}

TEST_F(TrainerTest, ResumesBitByBit) {
  SmallStage whole, first, second(99);
  std::vector<Losses> expected, found;
  train(whole, options("whole", 20),
        [&](std::int64_t, const Losses &losses) { expected.push_back(losses); });
  const auto note = [&](std::int64_t, const Losses &losses) { found.push_back(losses); };
  train(first, options("halves", 10), note);
  // With other initial weights: all state must come from the checkpoint.
  const TrainResult result = train(second, options("halves", 20), note);
  EXPECT_EQ(result.step, 20);
  EXPECT_EQ(found, expected);
  expect_same(newest("halves"), newest("whole"));
}

TEST_F(TrainerTest, AccumulationEqualsLargeBatch) {
  // The batch statistics of the norm differ, so the losses are only close.
  SmallStage one, two;
  TrainerOptions large = options("large", 1), small = options("small", 1);
  large.batch = 8;
  small.batch = 4;
  small.accumulate = 2;
  const TrainResult a = train(one, large), b = train(two, small);
  EXPECT_NEAR(a.training[0].second, b.training[0].second, 0.05 * a.training[0].second);
}

TEST_F(TrainerTest, SkipsStepsWithoutFiniteGradients) {
  SmallStage stage;
  stage.nan_from = 4;
  stage.nan_to = 6;
  const TrainResult result = train(stage, options("run", 12));
  EXPECT_EQ(result.step, 12);
  EXPECT_EQ(result.skipped, 3);
  for (const auto &[name, tensor] : newest("run").tensors) {
    if (tensor.is_floating_point()) {
      EXPECT_TRUE(torch::isfinite(tensor).all().item<bool>()) << name;
    }
  }
}

TEST_F(TrainerTest, EndsAfterMaxSkippedSteps) {
  SmallStage stage;
  stage.nan_from = 3;
  stage.nan_to = 1000;
  TrainerOptions settings = options("run", 100);
  settings.max_skipped_steps = 5;
  try {
    train(stage, settings);
    FAIL() << "no error";
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("not finite in 5 steps in a row"), std::string::npos)
        << error.what();
  }
}

TEST_F(TrainerTest, SignalSavesAndEnds) {
  SmallStage stage;
  TrainerOptions settings = options("run", 0);
  settings.checkpoint_interval = 1000;
  const TrainResult result = train(stage, settings, [](std::int64_t step, const Losses &) {
    if (step == 7) std::raise(SIGTERM);
  });
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.step, 7);
  EXPECT_EQ(newest("run").step, 7);
}

TEST_F(TrainerTest, TimeLimit) {
  SmallStage stage;
  TrainerOptions settings = options("run", 0);
  settings.time = std::chrono::seconds(1);
  const TrainResult result = train(stage, settings);
  EXPECT_FALSE(result.interrupted);
  EXPECT_GT(result.step, 0);
  EXPECT_GE(result.seconds, 1);
  EXPECT_EQ(newest("run").step, result.step);
}

TEST_F(TrainerTest, KeepsNewestCheckpointsAndBest) {
  SmallStage stage;
  TrainerOptions settings = options("run", 50);
  settings.keep = 2;
  train(stage, settings);
  const CheckpointFolder folder(settings.folder, 2, [](const std::string &) {});
  const auto files = folder.files();
  ASSERT_FALSE(files.empty());
  EXPECT_LE(files.size(), 3u);
  EXPECT_EQ(files.back().step, 50);
  EXPECT_TRUE(folder.best().has_value());
}

TEST_F(TrainerTest, ExportsAverage) {
  SmallStage stage;
  train(stage, options("run", 10));
  const CheckpointFolder folder(folder_ / "run", 3, [](const std::string &) {});
  const TensorFile weights = starting_weights(folder.files().back().path);
  const TrainingCheckpoint checkpoint = newest("run");
  EXPECT_TRUE(torch::equal(to_torch(weights.tensors.at("0.weight")),
                           checkpoint.tensors.at("ema.0.weight")));
  EXPECT_FALSE(
      torch::equal(checkpoint.tensors.at("model.0.weight"), checkpoint.tensors.at("ema.0.weight")));
}

TEST_F(TrainerTest, RejectsFolderOfAnotherStage) {
  SmallStage stage;
  train(stage, options("run", 2));
  TrainerOptions other = options("run", 4);
  other.stage = "base";
  EXPECT_THROW(train(stage, other), Error);
}

TEST_F(TrainerTest, RefusesRunWithOtherInputs) {
  SmallStage first, second;
  TrainerOptions settings = options("run", 5);
  settings.inputs = {{"--from", "a"}, {"footage", "anna"}};
  train(first, settings);
  settings.steps = 10;
  settings.inputs["footage"] = "ben";
  try {
    train(second, settings);
    FAIL() << "no error";
  } catch (const Error &error) {
    EXPECT_NE(std::string(error.what()).find("other inputs (footage)"), std::string::npos)
        << error.what();
  }
  // What a later command does not name stays recorded.
  settings.inputs = {{"footage", "anna"}};
  EXPECT_EQ(train(second, settings).step, 10);
  EXPECT_EQ(newest("run").info.at("inputs").at("--from"), "a");
}

TEST_F(TrainerTest, ReplacesRunWithOtherInputs) {
  SmallStage anna, ben, fresh;
  TrainerOptions settings = options("run", 30);
  settings.replace_other_run = true;
  settings.inputs = {{"footage", "anna"}};
  train(anna, settings);
  settings.inputs = {{"footage", "ben"}};
  settings.steps = 2;
  EXPECT_EQ(train(ben, settings).step, 2);
  settings.folder = folder_ / "alone";
  train(fresh, settings);
  expect_same(newest("run"), newest("alone"));
  // The best is this run's, though that of the other was better.
  const auto best = CheckpointFolder(folder_ / "run", 3, [](const std::string &) {}).best();
  ASSERT_TRUE(best.has_value());
  EXPECT_LE(best->step, 2);
}

TEST_F(TrainerTest, ReplacesRunOfUnknownInputs) {
  SmallStage first, second;
  TrainerOptions settings = options("run", 5);
  train(first, settings);
  settings.inputs = {{"footage", "anna"}};
  settings.replace_other_run = true;
  settings.steps = 2;
  EXPECT_EQ(train(second, settings).step, 2);
}

TEST_F(TrainerTest, BestWeightsAreOfThisRun) {
  SmallStage stage;
  TrainerOptions settings = options("run", 5);
  settings.inputs = {{"footage", "anna"}};
  train(stage, settings);
  EXPECT_TRUE(best_weights(settings).tensors.contains("0.weight"));
  settings.inputs = {{"footage", "ben"}};
  EXPECT_THROW(best_weights(settings), Error);
}

TEST_F(TrainerTest, RestartDeletesCheckpoints) {
  SmallStage first, second, third;
  train(first, options("run", 20));
  TrainerOptions again = options("run", 5);
  again.resume = false;
  EXPECT_EQ(train(second, again).step, 5);
  // A later command resumes the new run, not the old one.
  EXPECT_EQ(newest("run").step, 5);
  EXPECT_EQ(train(third, options("run", 6)).step, 6);
}

TEST_F(TrainerTest, BestByTheNamedLoss) {
  const auto best_step = [&](const std::string &name, const std::string &measure) {
    SmallStage stage;
    stage.misleading = true;
    TrainerOptions settings = options(name, 40);
    settings.best_by = measure;
    settings.average = 0;
    train(stage, settings);
    return CheckpointFolder(settings.folder, 3, [](const std::string &) {}).best()->step;
  };
  EXPECT_EQ(best_step("total", "total"), 0);
  EXPECT_GT(best_step("l1", "l1"), 0);
  SmallStage stage;
  TrainerOptions wrong = options("wrong", 1);
  wrong.best_by = "nothing";
  EXPECT_THROW(train(stage, wrong), Error);
}

TEST_F(TrainerTest, ValuesOfAnotherMeasureAreNotCompared) {
  SmallStage first, second;
  first.misleading = second.misleading = true;
  train(first, options("run", 10));  // the best total is below 0
  TrainerOptions settings = options("run", 20);
  settings.best_by = "l1";
  const TrainResult result = train(second, settings);
  EXPECT_GT(result.best, 0);
  EXPECT_EQ(newest("run").info.at("best_by"), "l1");
}

TEST_F(TrainerTest, RestoresStateOfStage) {
  SmallStage first, second;
  train(first, options("run", 10));  // at steps 0, 5 and 10
  EXPECT_EQ(first.validations, 3);
  train(second, options("run", 20));
  EXPECT_EQ(second.validations, 3 + 3);
}

TEST_F(TrainerTest, PartsHaveTheirLearningRate) {
  SmallStage stage, start;
  stage.rates = {{"0", 0.01}, {"2", 0}};
  train(stage, options("run", 1));
  const auto moved = [&](const std::string &name) {
    const torch::Tensor before = start.trained()[0].network->named_parameters()[name];
    return (newest("run").tensors.at("model." + name) - before).abs().max().item<double>();
  };
  EXPECT_NEAR(moved("1.weight"), 1e-2, 1e-3);
  EXPECT_NEAR(moved("0.weight"), 1e-4, 1e-5);
  EXPECT_EQ(moved("2.weight"), 0);
  // The moments of all parts are restored.
  SmallStage whole, resumed;
  whole.rates = resumed.rates = stage.rates;
  train(whole, options("whole", 6));
  train(resumed, options("run", 6));
  expect_same(newest("run"), newest("whole"));
}

TEST_F(TrainerTest, LearningRateWarmUp) {
  SmallStage cold, warm;
  TrainerOptions slow = options("slow", 1);
  slow.warm_up = 1000;
  train(cold, options("fast", 1));
  train(warm, slow);
  const auto moved = [&](const std::string &name) {
    SmallStage start;
    const torch::Tensor before = start.trained()[0].network->named_parameters()["0.weight"];
    return (newest(name).tensors.at("model.0.weight") - before).abs().max().item<double>();
  };
  EXPECT_NEAR(moved("slow"), moved("fast") / 1000, moved("fast") / 5000);
}

double learning_rate(const TrainingCheckpoint &checkpoint) {
  return checkpoint.info.at("optimizer").at("model").at("learning_rate").get<double>();
}

TEST_F(TrainerTest, LearningRateCosineDecayBySteps) {
  SmallStage stage;
  TrainerOptions settings = options("run", 4);
  settings.final_rate = 0.1;
  train(stage, settings);
  // Three of four steps were done before the last.
  const double left = 0.5 + 0.5 * std::cos(0.75 * 3.14159265358979);
  EXPECT_NEAR(learning_rate(newest("run")), 1e-2 * (0.1 + 0.9 * left), 1e-9);
}

TEST_F(TrainerTest, LearningRateCosineDecayByTime) {
  SmallStage stage;
  TrainerOptions settings = options("run", 0);
  settings.time = std::chrono::hours(1);
  settings.final_rate = 0;
  train(stage, settings, [](std::int64_t step, const Losses &) {
    if (step == 5) std::raise(SIGTERM);
  });
  const double rate = learning_rate(newest("run"));
  EXPECT_LT(rate, 1e-2);
  EXPECT_GT(rate, 0.9e-2);

  settings = options("endless", 0);
  settings.final_rate = 0.5;
  EXPECT_THROW(train(stage, settings), Error);
}

TEST_F(TrainerTest, TimeLimitCountsOverResumes) {
  // A step takes two seconds.
  double now = 0;
  const auto clock = [&now] {
    return std::chrono::steady_clock::time_point(std::chrono::seconds(std::int64_t(now)));
  };
  const auto options_with_clock = [&](const std::string &name) {
    TrainerOptions settings = options(name, 0);
    settings.clock = clock;
    settings.time = std::chrono::seconds(40);
    settings.final_rate = 0;
    settings.checkpoint_interval = 1;
    return settings;
  };
  const auto each_step = [&now](std::int64_t stop_at) {
    return [&now, stop_at](std::int64_t step, const Losses &) {
      now += 2;
      if (step == stop_at) std::raise(SIGTERM);
    };
  };
  SmallStage whole, first, second;
  EXPECT_EQ(train(whole, options_with_clock("whole"), each_step(0)).step, 20);
  EXPECT_TRUE(train(first, options_with_clock("parts"), each_step(7)).interrupted);
  now += 1000;  // between the two processes
  const TrainResult result = train(second, options_with_clock("parts"), each_step(0));
  EXPECT_EQ(result.step, 20);
  EXPECT_EQ(result.seconds, 26);
  // The rate of each step was the same.
  expect_same(newest("parts"), newest("whole"));
}

}  // namespace
}  // namespace hyperlips::training
