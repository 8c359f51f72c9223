// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <ctime>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "common/temporary_folder.hpp"
#include "hyperlips/engine/backend_libraries.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/face/detector.hpp"

namespace hyperlips {
namespace {

const std::vector<std::string> kNames{"presence", "mesh"};

std::filesystem::path mesh_file() { return face_model_dir() / "face_mesh.onnx"; }

std::vector<float> input(int seed) {
  std::vector<float> values(3 * 192 * 192);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = 0.5f + 0.5f * std::sin(static_cast<float>(seed) + 0.01f * static_cast<float>(i));
  return values;
}

std::vector<float> mesh(OnnxModel &model, const std::vector<float> &values) {
  const auto outputs = model.run(values, kNames);
  return {outputs[1].values.begin(), outputs[1].values.end()};
}

template <class Use>
Error error_of(Use use) {
  try {
    use();
  } catch (const Error &error) {
    return error;
  }
  return {ErrorKind::Failed, "no error"};
}

TEST(OnnxModel, OutputsByName) {
  const auto model = open_onnx_model(mesh_file());
  const auto outputs = model->run(input(1), kNames);
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].values.size(), 1u);
  EXPECT_EQ(outputs[1].values.size(), 3u * 468);
  std::size_t size = 1;
  for (const std::size_t n : outputs[1].shape) size *= n;
  EXPECT_EQ(size, outputs[1].values.size());
  for (const float value : outputs[1].values) ASSERT_TRUE(std::isfinite(value));
}

TEST(OnnxModel, ResultDependsOnInputAlone) {
  const auto model = open_onnx_model(mesh_file()), other = open_onnx_model(mesh_file());
  const auto first = mesh(*model, input(1));
  const auto second = mesh(*other, input(2));
  EXPECT_NE(first, second);
  EXPECT_EQ(mesh(*model, input(2)), second);
  EXPECT_EQ(mesh(*other, input(1)), first);
  EXPECT_EQ(mesh(*open_onnx_model(mesh_file()), input(1)), first);
}

TEST(OnnxModel, WrongInputOrName) {
  const auto model = open_onnx_model(mesh_file());
  const auto values = input(1);
  const Error size = error_of([&] { model->run(std::span(values).first(9), kNames); });
  EXPECT_EQ(size.kind(), ErrorKind::Failed);
  EXPECT_NE(std::string(size.what()).find("110592 values, got 9"), std::string::npos)
      << size.what();
  const std::vector<std::string> wrong{"mesh", "mish"};
  const Error name = error_of([&] { model->run(values, wrong); });
  EXPECT_EQ(name.kind(), ErrorKind::Failed);
  EXPECT_NE(std::string(name.what()).find("'mish'"), std::string::npos) << name.what();
  EXPECT_EQ(model->run(values, kNames).size(), 2u);
}

TEST(OnnxModel, DamagedFile) {
  const test::TemporaryFolder folder;
  const auto file = folder / "damaged.onnx";
  EXPECT_EQ(error_of([&] { open_onnx_model(file); }).kind(), ErrorKind::NotFound);
  std::filesystem::copy_file(mesh_file(), file);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  const Error error = error_of([&] { open_onnx_model(file); });
  EXPECT_EQ(error.kind(), ErrorKind::Format);
  for (const std::string &part : {file.string(), std::string("./hyperlips setup")})
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
}

TEST(OnnxModel, RewrittenFileIsAnotherModel) {
  const test::TemporaryFolder folder;
  const auto file = folder / "model.onnx";
  std::filesystem::copy_file(mesh_file(), file);
  const auto before = open_onnx_model(file);
  std::filesystem::remove(file);
  std::filesystem::copy_file(face_model_dir() / "face_detection.onnx", file);
  const auto after = open_onnx_model(file);
  const std::vector<float> values(3 * 128 * 128);
  const std::vector<std::string> names{"classificators"};
  EXPECT_EQ(after->run(values, names)[0].values.size(), 896u);
  EXPECT_EQ(before->run(input(1), kNames).size(), 2u);
}

double cpu_seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

TEST(OnnxModel, RunsOnTheCallingThread) {
  const auto model = open_onnx_model(mesh_file());
  const auto values = input(1);
  model->run(values, kNames);
  const double all = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
  const double own = cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
  for (int i = 0; i < 20; ++i) model->run(values, kNames);
  const double of_thread = cpu_seconds(CLOCK_THREAD_CPUTIME_ID) - own;
  EXPECT_LT(cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - all, 1.2 * of_thread);
}

}  // namespace
}  // namespace hyperlips
