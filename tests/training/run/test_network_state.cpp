// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/network_state.hpp"

#include <fstream>

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/optim/adam.h>

#include "common/model_testing.hpp"
#include "hyperlips/nn/discriminators.hpp"
#include "hyperlips/nn/hr_decoder.hpp"
#include "hyperlips/nn/hyperlips_base.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "hyperlips/nn/sync_net.hpp"

namespace hyperlips::training {
namespace {

using test::expect_error;
using test::TemporaryFolder;

struct SmallNetwork {
  torch::nn::Sequential network{torch::nn::Conv2d(2, 3, 3), torch::nn::BatchNorm2d(3),
                                torch::nn::Conv2d(3, 1, 1)};
  torch::optim::Adam adam{network->parameters(),
                          torch::optim::AdamOptions(1e-2).betas({0.5, 0.99})};

  /// Some steps whose input follows from their number.
  void train(int first, int last) {
    for (int step = first; step < last; ++step) {
      const auto input =
          torch::sin(torch::arange(2 * 2 * 8 * 8) * (step + 1.0)).reshape({2, 2, 8, 8});
      adam.zero_grad();
      network->forward(input).square().mean().backward();
      adam.step();
    }
  }

  std::map<std::string, torch::Tensor> state() const { return state_dict(*network); }
};

void expect_equal(const SmallNetwork &a, const SmallNetwork &b) {
  const auto other = b.state();
  for (const auto &[name, tensor] : a.state()) EXPECT_TRUE(tensor.equal(other.at(name))) << name;
}

TEST(NetworkState, ResumesBitByBit) {
  const TemporaryFolder folder;
  torch::manual_seed(1);
  SmallNetwork whole;
  whole.train(0, 4);
  TrainingCheckpoint checkpoint;
  store_network(checkpoint, "model", *whole.network, &whole.adam);
  write_training_checkpoint(folder / "own", checkpoint);
  write_published_checkpoint(folder / "published.pth", checkpoint);
  whole.train(4, 8);
  for (const std::string name : {"own", "published.pth"}) {
    SmallNetwork resumed;
    const auto read = read_training_checkpoint(folder / name);
    restore_network(read, folder / name, "model", *resumed.network, &resumed.adam);
    resumed.train(4, 8);
    expect_equal(resumed, whole);
    // Without its moments Adam goes elsewhere, so the test can fail.
    SmallNetwork fresh;
    restore_network(read, folder / name, "model", *fresh.network);
    fresh.train(4, 8);
    EXPECT_FALSE(fresh.state().at("0.weight").equal(whole.state().at("0.weight")));
  }
}

TEST(NetworkState, MismatchChangesNothing) {
  torch::manual_seed(1);
  SmallNetwork run;
  run.train(0, 2);
  TrainingCheckpoint good;
  store_network(good, "model", *run.network, &run.adam);
  for (auto &[name, tensor] : good.tensors) tensor = tensor.clone();

  torch::manual_seed(2);
  SmallNetwork other, untouched;
  restore_network(good, "good", "model", *untouched.network, &untouched.adam);
  restore_network(good, "good", "model", *other.network, &other.adam);
  const auto expect_refused = [&](const TrainingCheckpoint &bad, const std::string &name) {
    auto changed = bad;
    for (auto &[key, tensor] : changed.tensors) {
      if (tensor.is_floating_point()) tensor = tensor + 1;
    }
    expect_error(ErrorKind::Format, {"bad.safetensors", name}, [&] {
      restore_network(changed, "bad.safetensors", "model", *other.network, &other.adam);
    });
  };
  auto bad = good;
  bad.tensors.erase("model.1.running_var");
  expect_refused(bad, "'model.1.running_var'");
  bad = good;
  bad.tensors["model.9.weight"] = torch::zeros(1);
  expect_refused(bad, "'model.9.weight'");
  bad = good;
  bad.tensors["optimizer.model.0.weight.exp_avg"] = torch::zeros({3});
  expect_refused(bad, "[3]");
  other.train(2, 3);
  untouched.train(2, 3);
  expect_equal(other, untouched);
}

TEST(NetworkState, OrderOfPublishedNetworks) {
  std::ifstream file(test::data_file("state_dicts.json"));
  const auto published = nlohmann::ordered_json::parse(file);
  const auto expect_order = [&](const std::string &name, const torch::nn::Module &network) {
    std::vector<std::string> expected;
    for (const auto &[key, shape] : published.at(name).items()) expected.push_back(key);
    const auto order = state_dict_order(network);
    ASSERT_EQ(order.size(), expected.size()) << name;
    for (std::size_t i = 0; i < order.size(); ++i) {
      ASSERT_EQ(order[i], expected[i]) << "entry " << i << " of " << name;
    }
  };
  expect_order("HyperLipsBase", *HyperLipsBase());
  expect_order("HRDecoder x1", *HrDecoder(1));
  expect_order("HRDecoder x4", *HrDecoder(4));
  expect_order("SyncNet_color", *SyncNet());
  expect_order("HyperCtrolDiscriminator", *BaseDiscriminator());
  expect_order("HRDecoder_disc_qual", *HrDiscriminator());
}

}  // namespace
}  // namespace hyperlips::training
