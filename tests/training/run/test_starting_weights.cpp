// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/starting_weights.hpp"

#include <algorithm>

#include "common/formula_weights.hpp"
#include "common/model_testing.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/run/training_checkpoint.hpp"

namespace hyperlips::training {
namespace {

using test::expect_error;
using test::formula_checkpoint;
using test::TemporaryFolder;

void add(TrainingCheckpoint &checkpoint, const std::string &prefix, const std::string &network) {
  const TensorFile file = formula_checkpoint(network);
  for (const auto &[name, tensor] : file.tensors)
    checkpoint.tensors[prefix + name] = to_torch(tensor);
}

/// A run's checkpoint with a generator, the average of one of its tensors, and a discriminator.
class Checkpoints : public testing::Test {
 protected:
  void SetUp() override {
    TrainingCheckpoint checkpoint;
    checkpoint.stage = "hr";
    checkpoint.step = 12;
    checkpoint.info = {{"best", 0.5}};
    add(checkpoint, "model.", "HRDecoder x1");
    add(checkpoint, "disc.", "HRDecoder_disc_qual");
    checkpoint.tensors["ema." + averaged_] =
        torch::full_like(checkpoint.tensors.at("model." + averaged_), 7);
    write_training_checkpoint(folder_ / "run.safetensors", checkpoint);
  }

  const std::string averaged_ = "output_block.1.bias";
  const TemporaryFolder folder_;
};

TEST_F(Checkpoints, AverageReplacesGenerator) {
  const TensorFile weights = starting_weights(folder_ / "run.safetensors");
  EXPECT_EQ(weights.tensors.size(), formula_checkpoint("HRDecoder x1").tensors.size());
  EXPECT_EQ(weights.tensors.at(averaged_).to_float(), std::vector<float>(3, 7));
  EXPECT_EQ(starting_weights(folder_ / "run.safetensors", "disc").tensors.size(),
            formula_checkpoint("HRDecoder_disc_qual").tensors.size());
}

TEST_F(Checkpoints, NetworksOfSeveralKinds) {
  const TensorFile file = read_checkpoint(folder_ / "run.safetensors");
  const std::vector<StoredNetwork> held = stored_networks(file);
  ASSERT_EQ(held.size(), 2u);
  EXPECT_EQ(held[0].kind, "hr");
  EXPECT_EQ(held[1].kind, "discriminator");
  for (const char *kind : {"", "generator", "hr"}) {
    const StoredNetwork found = stored_network(file, kind);
    EXPECT_EQ(found.architecture, "HRDecoder x1") << kind;
    EXPECT_EQ(found.weights.tensors.at(averaged_).to_float(), std::vector<float>(3, 7));
  }
  EXPECT_EQ(stored_network(file, "discriminator").architecture, "HRDecoder_disc_qual");
  expect_error(
      ErrorKind::Settings,
      {"run.safetensors", "sync", "hr (HRDecoder x1)", "discriminator (HRDecoder_disc_qual)"},
      [&] { stored_network(file, "sync"); });
}

TEST_F(Checkpoints, StateWithoutTensors) {
  const CheckpointState state = read_checkpoint_state(read_checkpoint(folder_ / "run.safetensors"));
  EXPECT_EQ(state.stage, "hr");
  EXPECT_EQ(state.step, 12);
  EXPECT_EQ(state.info.at("best"), 0.5);
}

TEST(StartingWeights, FileWithOneNetwork) {
  for (const auto &[architecture, kind] : {std::pair{"HyperLipsBase", "base"},
                                           {"SyncNet_color", "sync"},
                                           {"SyncNet_color 96", "sync"},
                                           {"HyperCtrolDiscriminator", "discriminator"}}) {
    const StoredNetwork found = stored_network(formula_checkpoint(architecture), "");
    EXPECT_EQ(found.kind, kind);
    EXPECT_EQ(found.architecture, architecture);
  }
}

}  // namespace
}  // namespace hyperlips::training
