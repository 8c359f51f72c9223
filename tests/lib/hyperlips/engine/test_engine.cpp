// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/formula_weights.hpp"
#include "common/model_testing.hpp"
#include "hyperlips/engine/network.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

namespace fs = std::filesystem;

using Tensors = std::vector<std::vector<float>>;

const test::FormulaCheckpoints &checkpoints() {
  static const test::FormulaCheckpoints checkpoints;
  return checkpoints;
}

std::string checkpoint(const std::string &architecture) { return checkpoints().path(architecture); }

Tensors run(Network &network, int batch, const Tensors &inputs) {
  std::vector<std::span<const float>> in(inputs.begin(), inputs.end());
  Tensors outputs;
  for (const TensorInfo &info : network.info().outputs) {
    std::size_t size = batch;
    for (const std::int64_t dimension : info.shape) size *= dimension;
    outputs.emplace_back(size);
  }
  std::vector<std::span<float>> out(outputs.begin(), outputs.end());
  network.run(batch, in, out);
  return outputs;
}

struct Difference {
  double mean = 0, max = 0;
};

Difference difference(const std::vector<float> &a, const std::vector<float> &b) {
  EXPECT_EQ(a.size(), b.size());
  Difference found;
  for (std::size_t i = 0; i < a.size(); ++i) {
    // Not std::max: a NaN must not pass.
    const double d = std::abs(double{a[i]} - b[i]);
    if (!(d <= found.max)) found.max = d;
    found.mean += d / static_cast<double>(a.size());
  }
  return found;
}

struct Parity {
  std::shared_ptr<Network> network;
  int batch = 0;
  Tensors inputs, expected;

  Parity(const std::string &model, const fs::path &reference, Precision precision)
      : network(open_network({.model = model, .device = "cpu", .precision = precision})) {
    const TensorFile file = read_safetensors(reference);
    for (const TensorInfo &info : network->info().inputs) {
      batch = static_cast<int>(file.tensors.at(info.name).shape[0]);
      inputs.push_back(file.tensors.at(info.name).to_float());
    }
    for (const TensorInfo &info : network->info().outputs) {
      expected.push_back(file.tensors.at(info.name).to_float());
    }
  }

  void expect(double mean, double max) {
    const Tensors outputs = run(*network, batch, inputs);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const Difference found = difference(outputs[i], expected[i]);
      EXPECT_LE(found.mean, mean) << network->info().outputs[i].name;
      EXPECT_LE(found.max, max) << network->info().outputs[i].name;
    }
  }
};

Parity parity(const std::string &architecture, const std::string &reference, Precision precision) {
  return {checkpoint(architecture), test::data_folder() / "parity" / (reference + ".safetensors"),
          precision};
}

Error error_of(const std::function<void()> &work) {
  try {
    work();
  } catch (const Error &error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorKind::Failed, "");
}

Error error_of_opening(const NetworkOptions &options) {
  return error_of([&] { open_network(options); });
}

class Published : public testing::TestWithParam<std::pair<const char *, const char *>> {};

TEST_P(Published, Fp32) {
  parity(GetParam().first, GetParam().second, Precision::Fp32).expect(1e-4, 1e-4);
}

TEST_P(Published, Bf16WithinHalfALevel) {
  parity(GetParam().first, GetParam().second, Precision::Bf16).expect(0.5 / 255, 4.0 / 255);
}

INSTANTIATE_TEST_SUITE_P(Networks, Published,
                         testing::Values(std::pair("HyperLipsBase", "base"),
                                         std::pair("HRDecoder x1", "hr1"),
                                         std::pair("HRDecoder x2", "hr2"),
                                         std::pair("HRDecoder x4", "hr4"),
                                         std::pair("SyncNet_color", "syncnet")),
                         [](const auto &info) { return std::string(info.param.second); });

TEST(Engine, TrainedWeights) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const fs::path weights = *shared / "weights/hyperlips-clips.pth";
  const fs::path reference = *shared / "parity/base_clips.safetensors";
  Parity(weights, reference, Precision::Fp32).expect(1e-4, 1e-4);
  Parity(weights, reference, Precision::Bf16).expect(0.5 / 255, 4.0 / 255);
}

TEST(Engine, Info) {
  const std::string model = checkpoint("HRDecoder x2");
  const auto network =
      open_network({.model = model, .device = "cpu", .precision = Precision::Auto});
  const NetworkInfo &info = network->info();
  EXPECT_EQ(info.architecture, "HRDecoder x2");
  EXPECT_EQ(info.file, model);
  EXPECT_EQ(info.device, "cpu");
  ASSERT_EQ(info.inputs.size(), 1u);
  EXPECT_EQ(info.inputs[0].name, "input");
  EXPECT_EQ(info.outputs[0].shape, (std::vector<std::int64_t>{3, 256, 256}));
}

TEST(Engine, AutoPrecisionFollowsCpu) {
  std::ifstream stream("/proc/cpuinfo");
  std::stringstream text;
  text << stream.rdbuf();
  const bool multiplies = text.str().find("avx512_bf16") != std::string::npos ||
                          text.str().find("amx_bf16") != std::string::npos;
  const auto network = open_network({.model = checkpoint("HRDecoder x1"), .device = "cpu"});
  EXPECT_EQ(network->info().precision, multiplies ? Precision::Bf16 : Precision::Fp32);
}

TEST(Engine, SharesSameModel) {
  const std::string model = checkpoint("HRDecoder x1");
  const NetworkOptions options{.model = model, .device = "cpu", .precision = Precision::Fp32};
  auto network = open_network(options);

  const fs::path link = checkpoints().folder() / "link.safetensors";
  fs::create_symlink(model, link);
  NetworkOptions same = options;
  same.model = link;
  EXPECT_EQ(open_network(same), network);

  NetworkOptions other = options;
  other.instance_id = "other";
  EXPECT_NE(open_network(other), network);
  other = options;
  other.precision = Precision::Bf16;
  EXPECT_NE(open_network(other), network);

  const std::weak_ptr<Network> watch = network;
  network.reset();
  EXPECT_TRUE(watch.expired());
}

TEST(Engine, RewrittenFileIsReloaded) {
  const fs::path model = checkpoints().folder() / "rewritten.safetensors";
  test::write_formula_checkpoint("HRDecoder x1", model);
  const NetworkOptions options{.model = model, .device = "cpu", .precision = Precision::Fp32};
  const auto before = open_network(options);
  test::write_formula_checkpoint("HRDecoder x2", model);
  const auto after = open_network(options);
  EXPECT_EQ(before->info().architecture, "HRDecoder x1");
  EXPECT_EQ(after->info().architecture, "HRDecoder x2");
}

TEST(Engine, ResultsIndependentOfOtherStreams) {
  for (const Precision precision : {Precision::Fp32, Precision::Bf16}) {
    Parity base = parity("HyperLipsBase", "base", precision);
    Parity hr = parity("HRDecoder x1", "hr1", precision);
    const Tensors base_alone = run(*base.network, base.batch, base.inputs);
    const Tensors hr_alone = run(*hr.network, hr.batch, hr.inputs);
    const auto stream = [](Parity &parity, const Tensors &alone, int times) {
      for (int i = 0; i < times; ++i) {
        EXPECT_TRUE(run(*parity.network, parity.batch, parity.inputs) == alone);
      }
    };
    std::thread first(stream, std::ref(base), std::cref(base_alone), 4);
    std::thread second(stream, std::ref(base), std::cref(base_alone), 4);
    std::thread third(stream, std::ref(hr), std::cref(hr_alone), 8);
    first.join();
    second.join();
    third.join();
  }
}

TEST(Engine, BatchEqualsSingleSamples) {
  Parity base = parity("HyperLipsBase", "base", Precision::Fp32);
  for (int sample = 0; sample < base.batch; ++sample) {
    const auto part = [&](const std::vector<float> &tensor) {
      const std::size_t size = tensor.size() / base.batch;
      return std::vector(tensor.begin() + sample * size, tensor.begin() + (sample + 1) * size);
    };
    const Tensors out = run(*base.network, 1, {part(base.inputs[0]), part(base.inputs[1])});
    EXPECT_LE(difference(out[0], part(base.expected[0])).max, 1e-4);
  }
}

TEST(Engine, WarmUpKeepsResults) {
  Parity hr = parity("HRDecoder x1", "hr1", Precision::Fp32);
  const Tensors before = run(*hr.network, hr.batch, hr.inputs);
  hr.network->warm_up(3);
  EXPECT_TRUE(run(*hr.network, hr.batch, hr.inputs) == before);
}

TEST(EngineErrors, MissingFile) {
  const Error error = error_of_opening({.model = "/nonexistent/model.safetensors"});
  EXPECT_EQ(error.kind(), ErrorKind::NotFound);
  EXPECT_NE(std::string(error.what()).find("/nonexistent/model.safetensors"), std::string::npos);
  EXPECT_EQ(error_of_opening({.model = fs::temp_directory_path()}).kind(), ErrorKind::NotFound);
  EXPECT_EQ(error_of_opening({}).kind(), ErrorKind::Settings);
}

TEST(EngineErrors, UnknownOrDamagedCheckpoint) {
  const fs::path foreign = checkpoints().folder() / "foreign.safetensors";
  const float value = 1;
  const NewTensor tensor{"unknown.weight", DType::F32, {1}, std::as_bytes(std::span(&value, 1))};
  write_safetensors(foreign, std::span(&tensor, 1));
  EXPECT_EQ(error_of_opening({.model = foreign}).kind(), ErrorKind::Format);

  const fs::path damaged = checkpoints().folder() / "damaged.safetensors";
  fs::copy_file(checkpoint("HRDecoder x1"), damaged);
  fs::resize_file(damaged, fs::file_size(damaged) / 2);
  const Error error = error_of_opening({.model = damaged});
  EXPECT_EQ(error.kind(), ErrorKind::Format);
  EXPECT_NE(std::string(error.what()).find("damaged.safetensors"), std::string::npos);
}

TEST(EngineErrors, TrainingNetwork) {
  EXPECT_EQ(error_of_opening({.model = checkpoint("HRDecoder_disc_qual")}).kind(),
            ErrorKind::Settings);
}

TEST(EngineErrors, UnavailableDevicesAndPrecisions) {
  const std::string model = checkpoint("HRDecoder x1");
  EXPECT_EQ(error_of_opening({.model = model, .device = "tpu"}).kind(), ErrorKind::Settings);
  EXPECT_EQ(error_of_opening({.model = model, .device = "cuda:x"}).kind(), ErrorKind::Settings);
  EXPECT_EQ(error_of_opening({.model = model, .device = "cuda:"}).kind(), ErrorKind::Settings);
  const Error absent = error_of_opening({.model = model, .device = "cuda:99"});
  EXPECT_EQ(absent.kind(), ErrorKind::NotFound);
  EXPECT_NE(std::string(absent.what()).find("cuda:99"), std::string::npos);
  const Error half =
      error_of_opening({.model = model, .device = "cpu", .precision = Precision::Fp16});
  EXPECT_EQ(half.kind(), ErrorKind::Settings);
}

TEST(EngineErrors, WrongSizes) {
  const auto network = open_network({.model = checkpoint("HRDecoder x1"), .device = "cpu"});
  const std::vector<float> input(6 * 128 * 128);
  EXPECT_EQ(error_of([&] { run(*network, 2, {input}); }).kind(), ErrorKind::Settings);
  EXPECT_EQ(error_of([&] { run(*network, 1, {input, input}); }).kind(), ErrorKind::Settings);
  EXPECT_EQ(error_of([&] { run(*network, 0, {{}}); }).kind(), ErrorKind::Settings);
  EXPECT_EQ(error_of([&] { network->warm_up(0); }).kind(), ErrorKind::Settings);
  const Error error = error_of([&] { run(*network, 1, {std::vector<float>(5)}); });
  EXPECT_NE(std::string(error.what()).find("'input'"), std::string::npos);
}

TEST(EngineErrors, OutOfMemory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers reserve more address space than this limits";
#endif
  Parity hr = parity("HRDecoder x4", "hr4", Precision::Fp32);
  const Tensors before = run(*hr.network, 1, hr.inputs);
  const int batch = 16;
  const Tensors inputs{std::vector<float>(batch * hr.inputs[0].size())};
  Tensors outputs{std::vector<float>(batch * hr.expected[0].size())};
  const std::span<const float> in = inputs[0];
  const std::span<float> out = outputs[0];

  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  rlimit unlimited{};
  getrlimit(RLIMIT_AS, &unlimited);
  rlimit limit = unlimited;
  limit.rlim_cur = pages * sysconf(_SC_PAGESIZE) + (rlim_t{256} << 20);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  const Error error =
      error_of([&] { hr.network->run(batch, std::span(&in, 1), std::span(&out, 1)); });
  setrlimit(RLIMIT_AS, &unlimited);
  EXPECT_EQ(error.kind(), ErrorKind::Memory) << error.what();
  EXPECT_TRUE(run(*hr.network, 1, hr.inputs) == before);
}

bool torch_is_loaded() {
  std::ifstream maps("/proc/self/maps");
  std::stringstream text;
  text << maps.rdbuf();
  return text.str().find("libtorch") != std::string::npos;
}

std::vector<std::string> environment() {
  std::vector<std::string> entries;
  for (char **entry = environ; *entry; ++entry) entries.emplace_back(*entry);
  return entries;
}

class LoaderDeathTest : public testing::Test {
 protected:
  // A new process for each test, because a library is loaded only once.
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(LoaderDeathTest, LoadsLibTorchOnFirstUseAndKeepsEnvironment) {
  const std::string model = checkpoint("HRDecoder x1");
  const auto use = [&] {
    if (torch_is_loaded()) std::_Exit(1);
    // Another thread of the program may read the environment, which setenv() does not allow.
    const std::vector<std::string> before = environment();
    open_network({.model = model, .device = "cpu"});
    std::_Exit(torch_is_loaded() && environment() == before ? 0 : 2);
  };
  EXPECT_EXIT(use(), testing::ExitedWithCode(0), "");
}

TEST_F(LoaderDeathTest, MissingLibrary) {
  const auto use = [] {
    setenv("HYPERLIPS_NN", "/nonexistent/libhyperlips-nn.so.1", 1);
    const Error error = error_of_opening({.model = "x"});
    std::fputs(error.what(), stderr);
    std::_Exit(error.kind() == ErrorKind::Device ? 0 : 1);
  };
  EXPECT_EXIT(use(), testing::ExitedWithCode(0), "/nonexistent/libhyperlips-nn.so.1");
}

TEST(Precision, Names) {
  for (const char *name : {"auto", "fp32", "bf16", "fp16"}) {
    EXPECT_STREQ(to_string(parse_precision(name)), name);
  }
  EXPECT_EQ(error_of([] { parse_precision("int8"); }).kind(), ErrorKind::Settings);
}

}  // namespace
}  // namespace hyperlips
