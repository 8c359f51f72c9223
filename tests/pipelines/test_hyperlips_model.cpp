// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/formula_weights.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {
namespace {

namespace fs = std::filesystem;

struct Result {
  int exit_code;
  std::string output;  ///< standard output and error
};

Result hyperlips_model(const std::vector<std::string> &arguments) {
  std::string command = HYPERLIPS_MODEL;
  for (const std::string &argument : arguments) command += " '" + argument + "'";
  FILE *pipe = popen((command + " 2>&1").c_str(), "r");
  Result result;
  for (int c; (c = std::fgetc(pipe)) != EOF;) result.output += static_cast<char>(c);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

const test::FormulaCheckpoints &checkpoints() {
  static const test::FormulaCheckpoints checkpoints;
  return checkpoints;
}

std::string parity(const std::string &name) {
  return test::data_folder() / "parity" / (name + ".safetensors");
}

std::string new_file(const std::string &name) { return checkpoints().folder() / name; }

void expect_output(const std::string &file, const std::string &reference, double tolerance) {
  const TensorFile found = read_safetensors(file), expected = read_safetensors(reference);
  ASSERT_EQ(found.tensors.at("output").shape, expected.tensors.at("output").shape);
  const std::vector<float> a = found.tensors.at("output").to_float();
  const std::vector<float> b = expected.tensors.at("output").to_float();
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::fmax(worst, std::abs(a[i] - b[i]));
  EXPECT_LE(worst, tolerance);
}

void expect_contains(const std::string &text, const std::string &part) {
  EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' not found in: " << text;
}

TEST(HyperlipsModelInfo, PrintsSummary) {
  const Result result = hyperlips_model({"info", checkpoints().path("HyperLipsBase")});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  expect_contains(result.output, "Architecture  HyperLipsBase");
  expect_contains(result.output, "Parameters    29716503");
  expect_contains(result.output, "Tensors       787");
}

TEST(HyperlipsModelInfo, ListsTensorsAsJson) {
  const Result result =
      hyperlips_model({"info", "--json", "--tensors", checkpoints().path("HRDecoder x1")});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const nlohmann::json json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json.at("architecture"), "HRDecoder x1");
  EXPECT_EQ(json.at("tensors"), 37);
  ASSERT_EQ(json.at("tensor_list").size(), 37u);
  const nlohmann::json first = json.at("tensor_list")[0];
  EXPECT_EQ(first.at("name"), "conv_base.0.conv_block.0.bias");
  EXPECT_EQ(first.at("dtype"), "F32");
  EXPECT_EQ(first.at("shape"), nlohmann::json::array({64}));
}

TEST(HyperlipsModelInfo, UnknownArchitecture) {
  const Result result = hyperlips_model({"info", parity("hr1")});
  EXPECT_EQ(result.exit_code, 0);
  expect_contains(result.output, "unknown");
}

TEST(HyperlipsModelConvert, ConvertsWeightsButNotNorms) {
  for (const char *precision : {"fp16", "bf16"}) {
    const std::string file = new_file(std::string("hr1-") + precision + ".safetensors");
    const Result result = hyperlips_model(
        {"convert", checkpoints().path("HRDecoder x1"), file, "--precision", precision});
    ASSERT_EQ(result.exit_code, 0) << result.output;
    const TensorFile converted = read_safetensors(file);
    EXPECT_STREQ(to_string(converted.tensors.at("output_block.1.weight").dtype),
                 std::string(precision) == "fp16" ? "F16" : "BF16");
    EXPECT_EQ(converted.tensors.at("output_block.1.bias").dtype, DType::F32);
    EXPECT_EQ(converted.tensors.at("conv_base.0.conv_block.1.num_batches_tracked").dtype,
              DType::I64);
    const std::string output = new_file("output.safetensors");
    const Result run = hyperlips_model({"run", file, "--input", parity("hr1"), "--output", output,
                                        "--device", "cpu", "--precision", "fp32"});
    ASSERT_EQ(run.exit_code, 0) << run.output;
    expect_output(output, parity("hr1"), 2.0 / 255);
  }
}

TEST(HyperlipsModelConvert, ReplacesFileOnlyWithOverwrite) {
  const std::string model = checkpoints().path("HRDecoder x1");
  const std::string file = new_file("existing.safetensors");
  std::ofstream(file) << "precious";
  const Result refused = hyperlips_model({"convert", model, file});
  EXPECT_EQ(refused.exit_code, 1);
  expect_contains(refused.output, "--overwrite");
  EXPECT_EQ(fs::file_size(file), 8u);
  EXPECT_EQ(hyperlips_model({"convert", model, file, "--overwrite"}).exit_code, 0);
  EXPECT_EQ(read_safetensors(file).tensors.size(), 37u);
}

TEST(HyperlipsModelRun, MatchesPublishedOutput) {
  for (const auto &[architecture, reference] :
       {std::pair("HyperLipsBase", "base"), std::pair("HRDecoder x2", "hr2")}) {
    const std::string output = new_file("output.safetensors");
    const Result result =
        hyperlips_model({"run", checkpoints().path(architecture), "--input", parity(reference),
                         "--output", output, "--device", "cpu", "--precision", "fp32"});
    ASSERT_EQ(result.exit_code, 0) << result.output;
    expect_output(output, parity(reference), 1e-4);
  }
}

TEST(HyperlipsModelRun, MissingInput) {
  const Result result =
      hyperlips_model({"run", checkpoints().path("HyperLipsBase"), "--input", parity("hr1"),
                       "--output", new_file("none.safetensors"), "--device", "cpu"});
  EXPECT_EQ(result.exit_code, 1);
  expect_contains(result.output, "'mel'");
  EXPECT_FALSE(fs::exists(new_file("none.safetensors")));
}

TEST(HyperlipsModelCheck, ExitCodeDependsOnTolerance) {
  const std::string model = checkpoints().path("HRDecoder x1");
  const Result within =
      hyperlips_model({"check", model, "--input", parity("hr1"), "--repeat", "1"});
  EXPECT_EQ(within.exit_code, 0) << within.output;
  expect_contains(within.output, "within tolerance");
  const Result outside = hyperlips_model({"check", model, "--a", "cpu:fp32", "--b", "cpu:bf16",
                                          "--repeat", "1", "--mean", "0", "--max", "0"});
  EXPECT_EQ(outside.exit_code, 1) << outside.output;
  expect_contains(outside.output, "TOO LARGE");
}

TEST(HyperlipsModelCheck, ComparesCommonRows) {
  for (const auto &[architecture, reference] :
       {std::pair("HyperLipsBase", "base"), std::pair("HRDecoder x2", "hr2")}) {
    const Result result = hyperlips_model({"check", checkpoints().path(architecture), "--input",
                                           parity(reference), "--a", "cpu:fp32", "--b",
                                           "cpu:fp32:62", "--repeat", "2", "--max", "0.01"});
    EXPECT_EQ(result.exit_code, 0) << result.output;
    expect_contains(result.output, "fp32 from row 62");
    expect_contains(result.output, "minimum");
    expect_contains(result.output, "median");
  }
}

TEST(HyperlipsModelCheck, NamesBackends) {
  const std::string model = checkpoints().path("HRDecoder x1");
  const Result found = hyperlips_model({"check", model, "--repeat", "1"});
  const std::string backend =
      found.output.find("openvino cpu") == std::string::npos ? "torch" : "openvino";
  const Result chosen = hyperlips_model(
      {"check", model, "--a", "cpu:fp32", "--b", backend + "/cpu:fp32:62", "--repeat", "1"});
  EXPECT_EQ(chosen.exit_code, 0) << chosen.output;
  expect_contains(chosen.output, "b  " + backend + " cpu fp32 from row 62");
}

TEST(HyperlipsModelErrors, ExitCodeOne) {
  const Result missing = hyperlips_model({"info", "/nonexistent/model.pth"});
  EXPECT_EQ(missing.exit_code, 1);
  expect_contains(missing.output, "hyperlips-model: ");
  expect_contains(missing.output, "/nonexistent/model.pth");
  for (const char *text : {"fast", ":fp32", "cpu:", "openvino/fp32", "cpu:fp32:", "62"}) {
    const Result variant =
        hyperlips_model({"check", checkpoints().path("HRDecoder x1"), "--a", text});
    EXPECT_EQ(variant.exit_code, 1);
    expect_contains(variant.output, "[BACKEND/]DEVICE:PRECISION[:FIRST_ROW]");
  }
  for (const auto &[text, part] :
       {std::pair("cpu:fp31", "fp31"), std::pair("cpu:0", "cpu:0"),
        std::pair("abacus/cpu:fp32", "abacus"), std::pair("cpu:fp32:128", "128")}) {
    const Result variant =
        hyperlips_model({"check", checkpoints().path("HRDecoder x1"), "--a", text});
    EXPECT_EQ(variant.exit_code, 1);
    expect_contains(variant.output, part);
  }
}

TEST(HyperlipsModelErrors, UsageErrorsExitCodeTwo) {
  EXPECT_EQ(hyperlips_model({}).exit_code, 2);
  EXPECT_EQ(hyperlips_model({"info"}).exit_code, 2);
  EXPECT_EQ(hyperlips_model({"info", "x", "--unknown"}).exit_code, 2);
  EXPECT_EQ(hyperlips_model({"convert", "a", "b", "--precision", "int8"}).exit_code, 2);
  EXPECT_EQ(hyperlips_model({"--help"}).exit_code, 0);
}

}  // namespace
}  // namespace hyperlips
