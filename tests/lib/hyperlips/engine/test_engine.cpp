// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

  Parity(const std::string &model, const fs::path &reference, Precision precision,
         const std::string &backend = "openvino")
      : network(open_network(
            {.model = model, .backend = backend, .device = "cpu", .precision = precision})) {
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

Parity parity(const std::string &architecture, const std::string &reference, Precision precision,
              const std::string &backend = "openvino") {
  return {checkpoint(architecture), test::data_folder() / "parity" / (reference + ".safetensors"),
          precision, backend};
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

constexpr std::array<const char *, 2> kBackends{"openvino", "torch"};

struct PublishedNetwork {
  const char *architecture, *reference, *backend;
};

class Published : public testing::TestWithParam<PublishedNetwork> {
 protected:
  void expect(Precision precision, double mean, double max) {
    parity(GetParam().architecture, GetParam().reference, precision, GetParam().backend)
        .expect(mean, max);
  }
};

TEST_P(Published, Fp32) { expect(Precision::Fp32, 1e-4, 1e-4); }

TEST_P(Published, Bf16WithinHalfALevel) { expect(Precision::Bf16, 0.5 / 255, 4.0 / 255); }

std::vector<PublishedNetwork> published_networks() {
  std::vector<PublishedNetwork> all;
  for (const char *backend : kBackends)
    for (const auto &[architecture, reference] :
         {std::pair("HyperLipsBase", "base"), std::pair("HRDecoder x1", "hr1"),
          std::pair("HRDecoder x2", "hr2"), std::pair("HRDecoder x4", "hr4"),
          std::pair("SyncNet_color", "syncnet")})
      all.push_back({architecture, reference, backend});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Networks, Published, testing::ValuesIn(published_networks()),
                         [](const auto &info) {
                           return std::string(info.param.reference) + "_" + info.param.backend;
                         });

TEST(Engine, TrainedWeights) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const fs::path weights = *shared / "weights/hyperlips-clips.pth";
  const fs::path reference = *shared / "parity/base_clips.safetensors";
  for (const char *backend : kBackends) {
    Parity(weights, reference, Precision::Fp32, backend).expect(1e-4, 1e-4);
    Parity(weights, reference, Precision::Bf16, backend).expect(0.5 / 255, 4.0 / 255);
  }
}

TEST(Engine, Info) {
  const std::string model = checkpoint("HRDecoder x2");
  const auto network =
      open_network({.model = model, .device = "cpu", .precision = Precision::Auto});
  const NetworkInfo &info = network->info();
  EXPECT_EQ(info.architecture, "HRDecoder x2");
  EXPECT_EQ(info.file, model);
  EXPECT_EQ(info.backend, "openvino");
  EXPECT_EQ(info.device, "cpu");
  EXPECT_GE(info.threads, 1);
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
        // Batches of several callers are computed together, which may change the last bits.
        const Tensors together = run(*parity.network, parity.batch, parity.inputs);
        EXPECT_LE(difference(together[0], alone[0]).max, 1.0 / 255);
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

bool is_loaded(const std::string &library) {
  std::ifstream maps("/proc/self/maps");
  std::stringstream text;
  text << maps.rdbuf();
  return text.str().find(library) != std::string::npos;
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

TEST_F(LoaderDeathTest, LoadsOneBackendOnFirstUseAndKeepsEnvironment) {
  const std::string model = checkpoint("HRDecoder x1");
  const auto use = [&](const char *backend, const char *used, const char *unused) {
    if (is_loaded("libopenvino") || is_loaded("libtorch")) std::_Exit(1);
    // Another thread of the program may read the environment, which setenv() does not allow.
    const std::vector<std::string> before = environment();
    open_network({.model = model, .backend = backend, .device = "cpu"})->warm_up(1);
    const bool loaded = is_loaded(used) && !is_loaded(unused);
    std::_Exit(loaded && environment() == before ? 0 : 2);
  };
  EXPECT_EXIT(use("auto", "libopenvino", "libtorch"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(use("torch", "libtorch", "libopenvino"), testing::ExitedWithCode(0), "");
}

TEST_F(LoaderDeathTest, MissingLibrary) {
  const auto use = [] {
    setenv("HYPERLIPS_BACKENDS", "/nonexistent", 1);
    const Error error = error_of_opening({.model = "x"});
    std::fputs(error.what(), stderr);
    std::_Exit(error.kind() == ErrorKind::Device ? 0 : 1);
  };
  EXPECT_EXIT(use(), testing::ExitedWithCode(0), "/nonexistent/libhyperlips-openvino.so");
}

/// The part of a batch of pictures (planes) from a row on.
std::vector<float> rows_from(const std::vector<float> &pictures,
                             const std::vector<std::int64_t> &shape, std::int64_t first) {
  const std::size_t width = shape[2], plane = shape[1] * width;
  std::vector<float> rows;
  for (std::size_t start = 0; start < pictures.size(); start += plane)
    rows.insert(rows.end(), pictures.begin() + std::ptrdiff_t(start + first * width),
                pictures.begin() + std::ptrdiff_t(start + plane));
  return rows;
}

struct Cut {
  const char *architecture, *reference, *backend;
  int first_row;
};

class Rows : public testing::TestWithParam<Cut> {};

TEST_P(Rows, AreThoseOfTheWholePicture) {
  const Cut cut = GetParam();
  Parity whole = parity(cut.architecture, cut.reference, Precision::Fp32, cut.backend);
  const auto network = open_network({.model = checkpoint(cut.architecture),
                                     .backend = cut.backend,
                                     .device = "cpu",
                                     .precision = Precision::Fp32,
                                     .first_row = cut.first_row});
  EXPECT_EQ(network->info().first_row, cut.first_row);
  const std::vector<std::int64_t> &shape = whole.network->info().outputs[0].shape;
  const std::int64_t first = cut.first_row * shape[1] / 128;
  EXPECT_EQ(network->info().outputs[0].shape,
            (std::vector<std::int64_t>{3, shape[1] - first, shape[2]}));
  const Tensors all = run(*whole.network, whole.batch, whole.inputs);
  const Tensors part = run(*network, whole.batch, whole.inputs);
  const std::vector<float> expected = rows_from(all[0], shape, first);
  if (cut.first_row % 2 == 0 && std::string_view(cut.architecture) != "HRDecoder x4") {
    EXPECT_TRUE(part[0] == expected) << difference(part[0], expected).max;
  } else {
    // oneDNN's transposed convolution adds in another order where rows begin elsewhere.
    EXPECT_LE(difference(part[0], expected).max, 1e-6);
  }
}

std::vector<Cut> cuts() {
  std::vector<Cut> all;
  for (const char *backend : kBackends)
    for (const auto &[architecture, reference] :
         {std::pair("HyperLipsBase", "base"), std::pair("HRDecoder x1", "hr1"),
          std::pair("HRDecoder x2", "hr2"), std::pair("HRDecoder x4", "hr4")})
      for (const int row : {1, 40, 62, 127}) all.push_back({architecture, reference, backend, row});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Networks, Rows, testing::ValuesIn(cuts()), [](const auto &info) {
  return std::string(info.param.reference) + "_" + info.param.backend + "_" +
         std::to_string(info.param.first_row);
});

TEST(Pixels, AreThoseOfFloats) {
  for (const char *backend : kBackends)
    for (const auto &[architecture, reference] :
         {std::pair("HyperLipsBase", "base"), std::pair("HRDecoder x2", "hr2")}) {
      Parity planes = parity(architecture, reference, Precision::Fp32, backend);
      const auto network = open_network({.model = checkpoint(architecture),
                                         .backend = backend,
                                         .device = "cpu",
                                         .precision = Precision::Fp32,
                                         .pixels = true});
      std::vector<float> &picture = planes.inputs.back();
      std::vector<std::byte> bytes(picture.size());
      const std::size_t plane = 128 * 128, channels = 6;
      for (std::size_t i = 0; i < picture.size(); ++i) {
        const int level = int(std::lround(255 * picture[i]));
        picture[i] = static_cast<float>(level) / 255.0f;
        const std::size_t sample = i / (channels * plane), channel = i / plane % channels;
        bytes[(sample * plane + i % plane) * channels + channel] = std::byte(level);
      }
      const std::vector<float> expected = run(*planes.network, planes.batch, planes.inputs)[0];
      const TensorInfo &info = network->info().outputs[0];
      ASSERT_TRUE(info.pixels && info.shape.back() == 3);
      std::vector<std::byte> made(std::size_t(planes.batch) * info.bytes());
      std::vector<std::span<const std::byte>> in;
      if (planes.inputs.size() > 1) in.push_back(std::as_bytes(std::span(planes.inputs[0])));
      in.push_back(bytes);
      const std::span<std::byte> out = made;
      network->run(planes.batch, in, std::span(&out, 1));
      const std::size_t area = info.values() / 3;
      double most = 0;
      for (std::size_t i = 0; i < made.size(); ++i) {
        const std::size_t sample = i / (3 * area), at = i % (3 * area);
        const float value = expected[(sample * 3 + at % 3) * area + at / 3];
        most = std::max(most, std::abs(double(std::to_integer<int>(made[i])) - 255.0 * value));
      }
      EXPECT_LE(most, 0.51) << architecture << " on " << backend;
    }
}

TEST(EngineErrors, BackendsAndRows) {
  const std::string model = checkpoint("HRDecoder x1");
  const Error unknown = error_of_opening({.model = model, .backend = "onnx"});
  EXPECT_EQ(unknown.kind(), ErrorKind::Settings);
  EXPECT_NE(std::string(unknown.what()).find("auto, openvino, torch"), std::string::npos);
  const Error cuda = error_of_opening({.model = model, .backend = "openvino", .device = "cuda"});
  EXPECT_EQ(cuda.kind(), ErrorKind::Settings);
  EXPECT_EQ(error_of_opening({.model = model, .first_row = 128}).kind(), ErrorKind::Settings);
  EXPECT_EQ(error_of_opening({.model = model, .threads = -1}).kind(), ErrorKind::Settings);
}

TEST(Precision, Names) {
  for (const char *name : {"auto", "fp32", "bf16", "fp16"}) {
    EXPECT_STREQ(to_string(parse_precision(name)), name);
  }
  EXPECT_EQ(error_of([] { parse_precision("int8"); }).kind(), ErrorKind::Settings);
}

}  // namespace
}  // namespace hyperlips
