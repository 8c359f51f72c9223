// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>

#include "common/formula_weights.hpp"
#include "common/model_testing.hpp"
#include "hyperlips/model/registry.hpp"

namespace hyperlips {
namespace {

using test::data_file;
using test::shared_data;
using test::TemporaryFolder;

void expect_published(const std::string &name, const std::string &format,
                      const std::string &architecture) {
  const auto shared = shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const auto file = read_checkpoint(*shared / "parity" / name);
  EXPECT_EQ(file.format, format);
  EXPECT_EQ(identify(file).name, architecture);
  EXPECT_EQ(file.metadata.at("global_step"), "4321");
  EXPECT_EQ(file.metadata.at("global_epoch"), "7");
  for (const auto &[tensor, expected] : test::formula_checkpoint(architecture).tensors) {
    const auto &found = file.tensors.at(tensor);
    EXPECT_EQ(found.dtype, expected.dtype) << tensor;
    const auto values = found.to_float(), expected_values = expected.to_float();
    ASSERT_EQ(values.size(), expected_values.size()) << tensor;
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_NEAR(values[i], expected_values[i], 1e-6f) << tensor;
    }
  }
}

TEST(Pth, PublishedZip) { expect_published("hyperlipshr_x1.pth", "pth (zip)", "HRDecoder x1"); }
TEST(Pth, PublishedDataParallel) {
  expect_published("hyperlipshr_x2.pth", "pth (zip)", "HRDecoder x2");
}
TEST(Pth, PublishedLegacy) {
  expect_published("hyperlipshr_x4.pth", "pth (legacy)", "HRDecoder x4");
}

/// The content that tests/data/pth/make_fixtures.py writes to each file.
void expect_fixture(const TensorFile &file) {
  const std::map<std::string, DType> types{
      {"f64", DType::F64}, {"f32", DType::F32},  {"f16", DType::F16}, {"bf16", DType::BF16},
      {"i64", DType::I64}, {"i32", DType::I32},  {"i16", DType::I16}, {"i8", DType::I8},
      {"u8", DType::U8},   {"bool", DType::Bool}};
  for (const auto &[name, dtype] : types) {
    const auto &tensor = file.tensors.at(name);
    EXPECT_EQ(tensor.dtype, dtype) << name;
    EXPECT_EQ(tensor.shape, (std::vector<std::int64_t>{2, 2})) << name;
    const auto expected = name == "bool" ? std::vector<float>{0, 1, 1, 1}
                          : name == "u8" ? std::vector<float>{0, 1, 2, 100}
                                         : std::vector<float>{0, -1, -2, -100};
    EXPECT_EQ(tensor.to_float(), expected) << name;
  }
  const std::map<std::string, std::pair<std::vector<std::int64_t>, std::vector<float>>> views{
      {"whole", {{2, 3}, {0, 0.5f, 1, 1.5f, 2, 2.5f}}},
      {"transposed", {{3, 2}, {0, 1.5f, 0.5f, 2, 1, 2.5f}}},
      {"row", {{3}, {1.5f, 2, 2.5f}}},
      {"column", {{2, 1}, {0.5f, 2}}},
      {"expanded", {{2, 2}, {2, 2.5f, 2, 2.5f}}},
      {"scalar", {{}, {2.5f}}},
      {"empty", {{0, 5}, {}}},
      {"parameter", {{2}, {7, 8}}}};
  for (const auto &[name, expected] : views) {
    const auto &tensor = file.tensors.at(name);
    EXPECT_EQ(tensor.shape, expected.first) << name;
    EXPECT_EQ(tensor.to_float(), expected.second) << name;
  }
  for (const auto &[name, tensor] : file.tensors) {
    EXPECT_EQ(tensor.bytes.size(),
              static_cast<std::size_t>(tensor.elements()) * size_of(tensor.dtype));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % size_of(tensor.dtype), 0u)
        << name;
  }
}

TEST(Pth, WrappedStateDict) {
  const auto file = read_pth(data_file("pth/wrapped.pth"));
  EXPECT_EQ(file.format, "pth (zip)");
  EXPECT_EQ(file.tensors.size(), 18u);
  expect_fixture(file);
  const std::map<std::string, std::string> metadata{{"global_step", "123456"},
                                                    {"global_epoch", "1099511627776"},
                                                    {"best_loss", "0.25"},
                                                    {"final", "true"},
                                                    {"note", "caf\u00e9"}};
  EXPECT_EQ(file.metadata, metadata);
}

TEST(Pth, SharedStorageNotCopied) {
  const auto file = read_pth(data_file("pth/wrapped.pth"));
  const auto *whole = file.tensors.at("whole").bytes.data();
  EXPECT_EQ(file.tensors.at("row").bytes.data(), whole + 3 * sizeof(float));
  EXPECT_EQ(file.tensors.at("scalar").bytes.data(), whole + 5 * sizeof(float));
}

TEST(Pth, BareDeflatedProtocol4WithPrefixes) {
  const auto file = read_checkpoint(data_file("pth/bare_deflated.pth"));
  EXPECT_EQ(file.tensors.size(), 18u);
  EXPECT_TRUE(file.metadata.empty());
  expect_fixture(file);
}

TEST(Pth, UntypedStorages) { expect_fixture(read_pth(data_file("pth/untyped.pth"))); }

TEST(Pth, LegacyWithViews) {
  const auto file = read_checkpoint(data_file("pth/legacy.pth"));
  EXPECT_EQ(file.format, "pth (legacy)");
  expect_fixture(file);
  EXPECT_EQ(file.tensors.at("view").to_float(), (std::vector<float>{4, 5}));
  EXPECT_EQ(file.metadata.at("global_step"), "5");
  EXPECT_FALSE(file.metadata.contains("optimizer"));
}

TEST(Pth, TensorsOutliveFile) {
  const TemporaryFolder folder;
  const auto path = folder / "copy.pth";
  std::filesystem::copy_file(data_file("pth/wrapped.pth"), path);
  const auto file = read_pth(path);
  std::filesystem::remove(path);
  expect_fixture(file);
}

TEST(Pth, ConvertsToSafetensors) {
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  const auto file = read_pth(data_file("pth/wrapped.pth"));
  std::vector<NewTensor> tensors;
  for (const auto &[name, tensor] : file.tensors) {
    tensors.push_back({name, tensor.dtype, tensor.shape, tensor.bytes});
  }
  write_safetensors(path, tensors, file.metadata);
  const auto converted = read_checkpoint(path);
  EXPECT_EQ(converted.format, "safetensors");
  EXPECT_EQ(converted.metadata, file.metadata);
  expect_fixture(converted);
}

TEST(Pth, TrainedWeights) {
  const auto shared = shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const auto file = read_pth(*shared / "weights/hyperlips-clips.pth");
  EXPECT_EQ(identify(file).name, "HyperLipsBase");
  EXPECT_EQ(file.tensors.at("up_conv.0.conv_block.0.weight").dtype, DType::F16);
  EXPECT_EQ(file.metadata.at("global_step"), "4492");
  for (const auto &[name, tensor] : file.tensors) {
    for (const float value : tensor.to_float()) ASSERT_TRUE(std::isfinite(value)) << name;
  }
}

}  // namespace
}  // namespace hyperlips
