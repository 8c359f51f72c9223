// SPDX-License-Identifier: LGPL-2.1-or-later
#include <numeric>

#include <nlohmann/json.hpp>

#include "common/model_testing.hpp"
#include "hyperlips/model/registry.hpp"

namespace hyperlips {
namespace {

using test::data_file;
using test::expect_error;

const Architecture &find(const std::string &name) {
  for (const auto &architecture : architectures()) {
    if (architecture.name == name) return architecture;
  }
  throw std::out_of_range(name);
}

/// A checkpoint with the tensors of an architecture, but no values: identify() needs none.
TensorFile checkpoint(const Architecture &architecture) {
  TensorFile file{"some/model.pth", "safetensors", {}, {}, nullptr};
  for (const auto &[name, shape] : architecture.tensors) file.tensors[name].shape = shape;
  return file;
}

TEST(Registry, MatchesPublishedStateDicts) {
  std::ifstream file(data_file("state_dicts.json"));
  const auto published = nlohmann::ordered_json::parse(file);
  ASSERT_EQ(architectures().size(), published.size());
  std::size_t i = 0;
  for (const auto &[name, tensors] : published.items()) {
    const auto &architecture = architectures()[i++];
    EXPECT_EQ(architecture.name, name);
    ASSERT_EQ(architecture.tensors.size(), tensors.size()) << name;
    std::size_t j = 0;
    for (const auto &[tensor, shape] : tensors.items()) {
      EXPECT_EQ(architecture.tensors[j].first, tensor);
      EXPECT_EQ(architecture.tensors[j].second, shape.get<std::vector<std::int64_t>>()) << tensor;
      ++j;
    }
  }
}

TEST(Registry, ParameterCountOfBase) {
  std::int64_t parameters = 0;
  for (const auto &[name, shape] : find("HyperLipsBase").tensors) {
    if (name.ends_with("running_mean") || name.ends_with("running_var") ||
        name.ends_with("num_batches_tracked")) {
      continue;
    }
    parameters += std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies());
  }
  EXPECT_EQ(parameters, 29716503);
}

TEST(Registry, IdentifiesAllArchitectures) {
  for (const auto &architecture : architectures()) {
    EXPECT_EQ(identify(checkpoint(architecture)).name, architecture.name);
  }
}

TEST(Registry, ErrorNamesDifferingTensor) {
  const auto whole = checkpoint(find("HRDecoder x2"));
  auto file = whole;
  file.tensors.erase("up_conv.1.conv_block.0.weight");
  expect_error(ErrorKind::Format,
               {"'some/model.pth'", "HRDecoder x2", "tensor 'up_conv.1.conv_block.0.weight'",
                "shape [64, 64, 3, 3] is missing"},
               [&] { identify(file); });

  file = whole;
  file.tensors["output_block.1.weight"].shape = {4, 32, 1, 1};
  expect_error(ErrorKind::Format,
               {"'some/model.pth'", "HRDecoder x2", "'output_block.1.weight'", "[4, 32, 1, 1]",
                "expected shape [3, 32, 1, 1]"},
               [&] { identify(file); });

  file = whole;
  file.tensors["extra.weight"].shape = {7};
  expect_error(ErrorKind::Format, {"HRDecoder x2", "unexpected tensor 'extra.weight' of shape [7]"},
               [&] { identify(file); });

  file = whole;
  file.tensors.erase("up_conv.1.conv_block.1.num_batches_tracked");
  expect_error(ErrorKind::Format, {"'up_conv.1.conv_block.1.num_batches_tracked'", "shape []"},
               [&] { identify(file); });
}

TEST(Registry, RejectsUnknownNetwork) {
  TensorFile file{"other.pth", "safetensors", {}, {}, nullptr};
  expect_error(ErrorKind::Format,
               {"'other.pth'", "no known network", "HyperLipsBase", "no tensors"},
               [&] { identify(file); });
  file.tensors["conv1.weight"].shape = {64, 3, 7, 7};
  file.tensors["output_block.1.bias"].shape = {3};
  expect_error(ErrorKind::Format,
               {"no known network", "HRDecoder x4", "2 tensors", "'conv1.weight'"},
               [&] { identify(file); });
}

}  // namespace
}  // namespace hyperlips
