// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/training_checkpoint.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <torch/types.h>

#include "common/model_testing.hpp"
#include "file_limit.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/checkpoint/pth_training.hpp"

namespace hyperlips::training {
namespace {

using test::data_file;
using test::expect_error;
using test::TemporaryFolder;

std::string bytes_of(const torch::Tensor &tensor) {
  const auto whole = tensor.contiguous();
  return {static_cast<const char *>(whole.const_data_ptr()), whole.nbytes()};
}

void expect_same(const std::map<std::string, torch::Tensor> &found,
                 const std::map<std::string, torch::Tensor> &expected) {
  EXPECT_EQ(found.size(), expected.size());
  for (const auto &[name, tensor] : expected) {
    ASSERT_TRUE(found.contains(name)) << name;
    EXPECT_EQ(found.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_EQ(found.at(name).sizes(), tensor.sizes()) << name;
    EXPECT_EQ(bytes_of(found.at(name)), bytes_of(tensor)) << name;
  }
}

torch::Tensor floats(std::vector<float> values) { return torch::tensor(values); }

TrainingCheckpoint example() {
  TrainingCheckpoint checkpoint{"base", 3'000'000'000, 7, {}, {}};
  auto &tensors = checkpoint.tensors;
  tensors["model.a"] = torch::arange(12, torch::kFloat32).reshape({3, 4}).transpose(0, 1);
  tensors["model.tracked"] = torch::scalar_tensor(std::int64_t{1} << 60, torch::kInt64);
  tensors["model.empty"] = torch::empty({0, 5});
  tensors["random.cpu"] = torch::arange(255, -1, -1, torch::kInt32).to(torch::kUInt8);
  tensors["odd"] = floats({NAN, -0.0f, INFINITY, 1e-45f, 0.1f});
  for (const auto type : {torch::kFloat64, torch::kFloat16, torch::kBFloat16, torch::kInt32,
                          torch::kInt16, torch::kInt8, torch::kBool}) {
    tensors[c10::toString(type)] = torch::tensor({0, 1, 1, 100}).to(type);
  }
  checkpoint.info = {{"seed", 5}, {"rate", 0.1}, {"note", "caf\u00e9"}, {"list", {1, 2}}};
  return checkpoint;
}

TEST(TrainingCheckpoint, RoundTrip) {
  const TemporaryFolder folder;
  const auto path = folder / "one.safetensors";
  const auto written = example();
  write_training_checkpoint(path, written);
  const auto read = read_training_checkpoint(path);
  EXPECT_EQ(read.stage, "base");
  EXPECT_EQ(read.step, 3'000'000'000);
  EXPECT_EQ(read.epoch, 7);
  EXPECT_EQ(read.info, written.info);
  expect_same(read.tensors, written.tensors);
}

TEST(TrainingCheckpoint, ReplacesInvalidUtf8) {
  const TemporaryFolder folder;
  auto checkpoint = example();
  checkpoint.info["path"] = "\xff/clips";
  write_training_checkpoint(folder / "one", checkpoint);
  EXPECT_EQ(read_training_checkpoint(folder / "one").info["path"], "\ufffd/clips");
}

TEST(TrainingCheckpoint, FullDiskKeepsOldFile) {
  const TemporaryFolder folder;
  auto checkpoint = example();
  checkpoint.info["state_dict_order"]["model"] = {"a", "tracked", "empty"};
  write_training_checkpoint(folder / "own.safetensors", checkpoint);
  write_published_checkpoint(folder / "published.pth", checkpoint);
  auto larger = checkpoint;
  larger.step = 1;
  larger.tensors["model.a"] = torch::zeros({100, 1000});
  {
    const test::FileLimit limit(100'000);
    expect_error(ErrorKind::Failed, {"own.safetensors", "File too large"},
                 [&] { write_training_checkpoint(folder / "own.safetensors", larger); });
    expect_error(ErrorKind::Failed, {"published.pth", "File too large"},
                 [&] { write_published_checkpoint(folder / "published.pth", larger); });
  }
  EXPECT_EQ(read_training_checkpoint(folder / "own.safetensors").step, checkpoint.step);
  EXPECT_EQ(read_training_checkpoint(folder / "published.pth").step, checkpoint.step);
  const auto files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST(TrainingCheckpoint, MissingFolder) {
  expect_error(ErrorKind::NotFound, {"missing/one.safetensors"},
               [] { write_training_checkpoint("missing/one.safetensors", example()); });
}

TEST(TrainingCheckpoint, DetectsEveryChangedByte) {
  const TemporaryFolder folder;
  const auto path = folder / "one";
  TrainingCheckpoint checkpoint{"sync", 1, 0, {}, {}};
  checkpoint.tensors["model.a"] = floats({1, 2, 3});
  write_training_checkpoint(path, checkpoint);
  const auto good = test::read_file(path);
  for (std::size_t back = 1; back <= 12; ++back) {
    auto bad = good;
    bad[bad.size() - back] ^= 0x10;
    test::write_bytes(path, bad);
    expect_error(ErrorKind::Format, {path.string(), "checksum"},
                 [&] { read_training_checkpoint(path); });
  }
  test::write_bytes(path, good.substr(0, good.size() - 4));
  expect_error(ErrorKind::Format, {path.string()}, [&] { read_training_checkpoint(path); });
}

TEST(TrainingCheckpoint, RejectsOtherFiles) {
  const TemporaryFolder folder;
  const std::vector<float> value{1};
  const NewTensor tensor{"a", DType::F32, {1}, std::as_bytes(std::span(value))};
  write_safetensors(folder / "model", {{tensor}});
  expect_error(ErrorKind::Format, {"model", "start from the file (--from) instead"},
               [&] { read_training_checkpoint(folder / "model"); });
  write_safetensors(folder / "bad", {{tensor}}, {{"hyperlips_training", "{\"version\":1}"}});
  expect_error(ErrorKind::Format, {"bad", "metadata are damaged"},
               [&] { read_training_checkpoint(folder / "bad"); });
  write_safetensors(folder / "new", {{tensor}}, {{"hyperlips_training", "{\"version\":2}"}});
  expect_error(ErrorKind::Format, {"new", "another version"},
               [&] { read_training_checkpoint(folder / "new"); });
}

/// The contents of training.pth and training_legacy.pth of make_fixtures.py.
void expect_training_fixture(const TrainingCheckpoint &read) {
  EXPECT_EQ(read.step, 3000);
  EXPECT_EQ(read.epoch, 4);
  const std::vector<std::string> order{"conv.weight",    "bn.weight",
                                       "bn.bias",        "bn.running_mean",
                                       "bn.running_var", "bn.num_batches_tracked",
                                       "fc.weight",      "fc.bias"};
  EXPECT_EQ(read.info["state_dict_order"]["model"], order);
  const nlohmann::json adam = {
      {"learning_rate", 2e-4}, {"betas", {0.5, 0.99}}, {"epsilon", 1e-8}, {"weight_decay", 0.0}};
  EXPECT_EQ(read.info["optimizer"]["model"], adam);
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_TRUE((read.tensors.at("model." + order[i]) == double(i)).all().item<bool>()) << order[i];
  }
  // fc.weight is the seventh tensor, but the fourth parameter: buffers do not count.
  const std::vector<std::string> parameters{"conv.weight", "bn.weight", "bn.bias", "fc.weight"};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto prefix = "optimizer.model." + parameters[i];
    const auto &shape = read.tensors.at("model." + parameters[i]).sizes();
    for (const auto &[part, value] : {std::pair(".exp_avg", 0.25), {".exp_avg_sq", 0.5}}) {
      EXPECT_EQ(read.tensors.at(prefix + part).sizes(), shape) << prefix;
      EXPECT_TRUE((read.tensors.at(prefix + part) == double(i) + value).all().item<bool>());
    }
    EXPECT_EQ(read.tensors.at(prefix + ".step").item<std::int64_t>(), std::int64_t(i) + 2);
  }
  EXPECT_FALSE(read.tensors.contains("optimizer.model.fc.bias.exp_avg"));
  EXPECT_EQ(read.tensors.size(), order.size() + 3 * parameters.size());
}

TEST(PublishedCheckpoint, ReadsOptimizer) {
  expect_training_fixture(read_training_checkpoint(data_file("pth/training.pth")));
}

TEST(PublishedCheckpoint, ReadsLegacyLayout) {
  expect_training_fixture(read_training_checkpoint(data_file("pth/training_legacy.pth")));
}

TEST(PublishedCheckpoint, RoundTrip) {
  const TemporaryFolder folder;
  const auto read = read_training_checkpoint(data_file("pth/training_legacy.pth"));
  write_published_checkpoint(folder / "again.pth", read);
  const auto again = read_training_checkpoint(folder / "again.pth");
  expect_training_fixture(again);
  expect_same(again.tensors, read.tensors);
  EXPECT_EQ(read_pth(folder / "again.pth").format, "pth (zip)");
}

TEST(PublishedCheckpoint, AllTypesWithoutOptimizer) {
  const TemporaryFolder folder;
  auto checkpoint = example();
  std::vector<std::string> order;
  for (const auto &[name, tensor] : example().tensors) {
    checkpoint.tensors["disc." + name] = tensor;
    order.push_back(name);
  }
  std::reverse(order.begin(), order.end());
  checkpoint.info["state_dict_order"]["disc"] = order;
  write_published_checkpoint(folder / "one.pth", checkpoint, "disc");
  const auto read = read_training_checkpoint(folder / "one.pth");
  EXPECT_EQ(read.step, checkpoint.step);
  EXPECT_EQ(read.info["state_dict_order"]["model"], order);
  EXPECT_FALSE(read.info.contains("optimizer"));
  std::map<std::string, torch::Tensor> expected;
  for (const auto &[name, tensor] : example().tensors) expected["model." + name] = tensor;
  expect_same(read.tensors, expected);
}

TEST(PublishedCheckpoint, ContainsMovingAverage) {
  const TemporaryFolder folder;
  TrainingCheckpoint checkpoint;
  checkpoint.tensors["model.a"] = checkpoint.tensors["disc.a"] = floats({1, 2});
  checkpoint.tensors["ema.a"] = floats({3, 4});
  checkpoint.info["state_dict_order"] = {{"model", {"a"}}, {"disc", {"a"}}};
  for (const auto &[network, expected] : {std::pair("model", "ema.a"), {"disc", "disc.a"}}) {
    write_published_checkpoint(folder / "one.pth", checkpoint, network);
    const auto read = read_training_checkpoint(folder / "one.pth");
    EXPECT_TRUE(torch::equal(read.tensors.at("model.a"), checkpoint.tensors.at(expected)));
  }
}

TEST(PublishedCheckpoint, NamesMissingNetworkOrTensor) {
  const TemporaryFolder folder;
  auto checkpoint = example();
  expect_error(ErrorKind::Failed, {"one.pth", "'disc'"},
               [&] { write_published_checkpoint(folder / "one.pth", checkpoint, "disc"); });
  checkpoint.info["state_dict_order"]["model"] = {"a", "lost"};
  expect_error(ErrorKind::Failed, {"one.pth", "'model.lost'"},
               [&] { write_published_checkpoint(folder / "one.pth", checkpoint); });
  EXPECT_FALSE(std::filesystem::exists(folder / "one.pth"));
}

TEST(PublishedCheckpoint, RejectsOptimizerOfOtherParameters) {
  expect_error(ErrorKind::Format, {"wrapped.pth", "not a number", "start from the file"},
               [] { read_training_checkpoint(data_file("pth/wrapped.pth")); });
  const TemporaryFolder folder;
  auto training = read_pth_training(data_file("pth/training.pth"));
  training.moments.at("fc.weight").exp_avg.shape = {2, 1};
  expect_error(ErrorKind::Failed, {"wrong.pth", "'fc.weight'"},
               [&] { write_pth_training(folder / "wrong.pth", training); });
}

TEST(PublishedCheckpoint, RejectsOptimizerWithMoreParameters) {
  const TemporaryFolder folder;
  auto bytes = test::read_file(data_file("pth/training_legacy.pth"));
  // The name of a parameter becomes that of a buffer: five ids, four parameters.
  const std::string parameter = "module.conv.weight", buffer = "module.running_var";
  bytes.replace(bytes.find(parameter), parameter.size(), buffer);
  test::write_bytes(folder / "less.pth", bytes);
  expect_error(ErrorKind::Format, {"less.pth", "5 parameters", "has 4"},
               [&] { read_training_checkpoint(folder / "less.pth"); });
  EXPECT_EQ(read_pth(folder / "less.pth").tensors.size(), 8u);
}

void expect_parity(const std::string &name, std::size_t tensors) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "no reference data next to the checkout";
  const auto path = *shared / "parity" / name;
  const auto read = read_training_checkpoint(path);
  EXPECT_EQ(read.step, 4321);
  EXPECT_EQ(read.epoch, 7);
  EXPECT_EQ(read.tensors.size(), tensors);
  EXPECT_EQ(read.info["state_dict_order"]["model"].size(), tensors);
  EXPECT_EQ(read.info["state_dict_order"]["model"][0], "conv_base.0.conv_block.0.weight");
  EXPECT_EQ(read.info["optimizer"]["model"]["betas"], nlohmann::json({0.5, 0.999}));
  EXPECT_EQ(read.info["optimizer"]["model"]["learning_rate"], 1e-4);
  const auto plain = read_pth(path);
  for (const auto &[key, tensor] : plain.tensors) {
    EXPECT_EQ(bytes_of(read.tensors.at("model." + key)), bytes_of(to_torch(tensor))) << key;
  }
  const TemporaryFolder folder;
  write_published_checkpoint(folder / "again.pth", read);
  const auto again = read_training_checkpoint(folder / "again.pth");
  expect_same(again.tensors, read.tensors);
  EXPECT_EQ(again.info, read.info);
}

TEST(PublishedCheckpoint, ParityZip) { expect_parity("hyperlipshr_x1.pth", 37); }
TEST(PublishedCheckpoint, ParityDataParallel) { expect_parity("hyperlipshr_x2.pth", 44); }
TEST(PublishedCheckpoint, ParityLegacy) { expect_parity("hyperlipshr_x4.pth", 65); }

}  // namespace
}  // namespace hyperlips::training
