// SPDX-License-Identifier: LGPL-2.1-or-later
#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "common/formula_weights.hpp"
#include "common/model_testing.hpp"
#include "hyperlips/engine/backend.hpp"
#include "hyperlips/engine/torch/device.hpp"
#include "hyperlips/engine/torch/short_spinning.hpp"
#include "hyperlips/engine/torch/torch_graph.hpp"
#include "hyperlips/graph/networks.hpp"

extern "C" hyperlips::BackendLibrary &hyperlips_backend(int version);

namespace hyperlips {
namespace {

Graph hr_graph() { return make_hr_graph(test::formula_checkpoint("HRDecoder x1"), false); }

TEST(TorchGraph, PausesAfterEachOperator) {
  const c10::InferenceMode inference_mode;
  const Graph graph = hr_graph();
  int pauses = 0;
  const at::Tensor input = at::zeros({1, 6, 128, 128});
  TorchGraph(graph, {"cpu", Precision::Fp32, 1})(std::span(&input, 1), [&] { ++pauses; });
  EXPECT_EQ(pauses, int(graph.nodes.size()));
}

TEST(TorchBackend, ThreadsOfTheOptions) {
  BackendLibrary &library = hyperlips_backend(kBackendVersion);
  const DeviceChoice choice = library.choose("cpu", Precision::Fp32, 1);
  EXPECT_EQ(choice.threads, 1);
  const auto backend = library.make(hr_graph(), choice, "model");
  const std::vector<float> input(6 * 128 * 128);
  std::vector<float> output(3 * 128 * 128);
  const std::span<const std::byte> in = std::as_bytes(std::span(input));
  const std::span<std::byte> out = std::as_writable_bytes(std::span(output));
  int team = 0;
  std::thread([&] {
    at::set_num_threads(2);
    backend->compute(1, std::span(&in, 1), std::span(&out, 1),
                     [&] { team = at::get_num_threads(); });
  }).join();
  EXPECT_EQ(team, 1);
}

TEST(TorchBackend, OtherVersion) {
  test::expect_error(ErrorKind::Device, {"libhyperlips-torch", "same build"},
                     [] { hyperlips_backend(kBackendVersion + 1); });
}

int spare_threads() {
  int count = 0;
  for (const auto &task : std::filesystem::directory_iterator("/proc/self/task"))
    count += test::read_file(task.path() / "comm") == std::string(kSpareThreadName) + "\n";
  return count;
}

class ShortSpinningDeathTest : public testing::Test {
 protected:
  // A new process for each test, because the threads are started only once.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(ShortSpinningDeathTest, MoreOpenMpThreadsThanCpus) {
  const auto use = [] {
    unsetenv("OMP_WAIT_POLICY");
    unsetenv("GOMP_SPINCOUNT");
    const int team = hyperlips_backend(kBackendVersion).choose("cpu", Precision::Fp32, 0).threads;
    const int wanted = std::max(int(std::thread::hardware_concurrency()) - team, 0) + 2;
    while (spare_threads() < wanted) std::this_thread::yield();
    std::_Exit(0);
  };
  EXPECT_EXIT(use(), testing::ExitedWithCode(0), "");
}

TEST_F(ShortSpinningDeathTest, ObeysTheEnvironment) {
  const auto use = [] {
    setenv("OMP_WAIT_POLICY", "PASSIVE", 1);
    hyperlips_backend(kBackendVersion).choose("cpu", Precision::Fp32, 0);
    std::_Exit(spare_threads());
  };
  EXPECT_EXIT(use(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace hyperlips
