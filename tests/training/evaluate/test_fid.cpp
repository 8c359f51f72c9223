// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/fid.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>

#include <opencv2/imgproc.hpp>

#include "hyperlips/error.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "tests/common/temporary_folder.hpp"

namespace hyperlips::training {
namespace {

torch::Tensor vector(std::vector<double> values) { return torch::tensor(values, torch::kFloat64); }

/// Matrix square root by Denman-Beavers iteration, without eigenvalues.
torch::Tensor root_by_iteration(const torch::Tensor &matrix) {
  torch::Tensor y = matrix, z = torch::eye(matrix.size(0), torch::kFloat64);
  for (int i = 0; i < 60; ++i) {
    const torch::Tensor next = (y + at::inverse(z)) / 2;
    z = (z + at::inverse(y)) / 2;
    y = next;
  }
  return y;
}

TEST(FrechetDistance, DiagonalGaussians) {
  const torch::Tensor m1 = vector({1, 2, 3}), m2 = vector({1, 0, 6});
  const torch::Tensor c1 = at::diag(vector({4, 9, 1})), c2 = at::diag(vector({1, 16, 0}));
  // (m1 - m2)^2 + (s1 - s2)^2 for each dimension
  EXPECT_NEAR(frechet_distance(m1, c1, m2, c2), 4 + 9 + 1 + 1 + 1, 1e-10);
}

TEST(FrechetDistance, CorrelatedGaussiansEqualDefinition) {
  torch::manual_seed(1);
  const torch::Tensor a = torch::randn({6, 6}, torch::kFloat64),
                      b = torch::randn({6, 6}, torch::kFloat64);
  const torch::Tensor c1 = at::matmul(a, a.t()) + 0.1 * torch::eye(6),
                      c2 = at::matmul(b, b.t()) + 0.1 * torch::eye(6);
  const torch::Tensor m1 = torch::randn({6}, torch::kFloat64),
                      m2 = torch::randn({6}, torch::kFloat64);
  const torch::Tensor root = root_by_iteration(at::matmul(c1, c2));
  ASSERT_LT((at::matmul(root, root) - at::matmul(c1, c2)).abs().max().item<double>(), 1e-8);
  const double expected =
      ((m1 - m2).square().sum() + c1.trace() + c2.trace() - 2 * root.trace()).item<double>();
  EXPECT_NEAR(frechet_distance(m1, c1, m2, c2), expected, 1e-8);
  EXPECT_NEAR(frechet_distance(m1, c1, m1, c1), 0, 1e-8);
}

TEST(FeatureStatistics, EqualSinglePass) {
  torch::manual_seed(2);
  const torch::Tensor features = torch::randn({9, 4}) + 1000;
  FeatureStatistics statistics;
  statistics.add(features.slice(0, 0, 4));
  statistics.add(features.slice(0, 4, 5));
  statistics.add(features.slice(0, 5));
  ASSERT_EQ(statistics.count(), 9);
  const torch::Tensor mean = statistics.mean(), covariance = statistics.covariance();
  const auto x = features.accessor<float, 2>();
  double means[4] = {};
  for (int d = 0; d < 4; ++d) {
    for (int n = 0; n < 9; ++n) means[d] += double(x[n][d]) / 9;
    EXPECT_NEAR(mean[d].item<double>(), means[d], 1e-9);
  }
  for (int d = 0; d < 4; ++d) {
    for (int e = 0; e < 4; ++e) {
      double sum = 0;
      for (int n = 0; n < 9; ++n) sum += (x[n][d] - means[d]) * (x[n][e] - means[e]);
      EXPECT_NEAR(covariance[d][e].item<double>(), sum / 8, 1e-9);
    }
  }
}

TEST(FeatureStatistics, RejectFewerThanTwoVectors) {
  FeatureStatistics statistics;
  EXPECT_THROW(statistics.mean(), Error);
  statistics.add(torch::ones({1, 3}));
  EXPECT_THROW(statistics.covariance(), Error);
}

// ---------------------------------------------------------------------------------------------

/// The network of pytorch-fid and torchvision, layer by layer on its state dict.
class ReferenceInception {
 public:
  explicit ReferenceInception(std::map<std::string, torch::Tensor> tensors)
      : tensors_(std::move(tensors)) {}

  torch::Tensor operator()(torch::Tensor x) {
    x = at::upsample_bilinear2d(x, {299, 299}, false) * 2 - 1;
    x = conv(x, "Conv2d_1a_3x3", 2);
    x = conv(x, "Conv2d_2a_3x3");
    x = conv(x, "Conv2d_2b_3x3", 1, 1, 1);
    x = at::max_pool2d(x, 3, 2);
    x = conv(conv(x, "Conv2d_3b_1x1"), "Conv2d_4a_3x3");
    x = at::max_pool2d(x, 3, 2);
    for (const char *name : {"Mixed_5b.", "Mixed_5c.", "Mixed_5d."}) x = a(x, name);
    EXPECT_EQ(x.sizes(), (std::vector<std::int64_t>{x.size(0), 288, 35, 35}));
    x = b(x, "Mixed_6a.");
    for (const char *name : {"Mixed_6b.", "Mixed_6c.", "Mixed_6d.", "Mixed_6e."}) x = c(x, name);
    EXPECT_EQ(x.sizes(), (std::vector<std::int64_t>{x.size(0), 768, 17, 17}));
    x = d(x, "Mixed_7a.");
    EXPECT_EQ(x.sizes(), (std::vector<std::int64_t>{x.size(0), 1280, 8, 8}));
    x = e(x, "Mixed_7b.", at::avg_pool2d(x, 3, 1, 1, false, false));
    x = e(x, "Mixed_7c.", at::max_pool2d(x, 3, 1, 1));
    return at::adaptive_avg_pool2d(x, {1, 1}).flatten(1);
  }

 private:
  torch::Tensor conv(const torch::Tensor &x, const std::string &name, int stride = 1, int pad_y = 0,
                     int pad_x = 0) {
    const auto of = [&](const char *part) { return tensors_.at(name + part); };
    const torch::Tensor y = at::conv2d(x, of(".conv.weight"), {}, stride, {pad_y, pad_x});
    return at::relu(at::batch_norm(y, of(".bn.weight"), of(".bn.bias"), of(".bn.running_mean"),
                                   of(".bn.running_var"), false, 0, 0.001, false));
  }
  torch::Tensor pool(const torch::Tensor &x, const std::string &n) {
    return conv(at::avg_pool2d(x, 3, 1, 1, false, false), n + "branch_pool");
  }
  torch::Tensor a(const torch::Tensor &x, const std::string &n) {
    const torch::Tensor five = conv(conv(x, n + "branch5x5_1"), n + "branch5x5_2", 1, 2, 2);
    torch::Tensor three = conv(conv(x, n + "branch3x3dbl_1"), n + "branch3x3dbl_2", 1, 1, 1);
    three = conv(three, n + "branch3x3dbl_3", 1, 1, 1);
    return torch::cat({conv(x, n + "branch1x1"), five, three, pool(x, n)}, 1);
  }
  torch::Tensor b(const torch::Tensor &x, const std::string &n) {
    const torch::Tensor three = conv(conv(x, n + "branch3x3dbl_1"), n + "branch3x3dbl_2", 1, 1, 1);
    return torch::cat({conv(x, n + "branch3x3", 2), conv(three, n + "branch3x3dbl_3", 2),
                       at::max_pool2d(x, 3, 2)},
                      1);
  }
  torch::Tensor c(const torch::Tensor &x, const std::string &n) {
    torch::Tensor seven = conv(conv(x, n + "branch7x7_1"), n + "branch7x7_2", 1, 0, 3);
    seven = conv(seven, n + "branch7x7_3", 1, 3, 0);
    torch::Tensor twice = conv(conv(x, n + "branch7x7dbl_1"), n + "branch7x7dbl_2", 1, 3, 0);
    twice = conv(conv(twice, n + "branch7x7dbl_3", 1, 0, 3), n + "branch7x7dbl_4", 1, 3, 0);
    twice = conv(twice, n + "branch7x7dbl_5", 1, 0, 3);
    return torch::cat({conv(x, n + "branch1x1"), seven, twice, pool(x, n)}, 1);
  }
  torch::Tensor d(const torch::Tensor &x, const std::string &n) {
    const torch::Tensor three = conv(conv(x, n + "branch3x3_1"), n + "branch3x3_2", 2);
    torch::Tensor seven = conv(conv(x, n + "branch7x7x3_1"), n + "branch7x7x3_2", 1, 0, 3);
    seven = conv(conv(seven, n + "branch7x7x3_3", 1, 3, 0), n + "branch7x7x3_4", 2);
    return torch::cat({three, seven, at::max_pool2d(x, 3, 2)}, 1);
  }
  torch::Tensor e(const torch::Tensor &x, const std::string &n, const torch::Tensor &pooled) {
    const auto fork = [&](const torch::Tensor &y, const std::string &m) {
      return torch::cat({conv(y, m + "a", 1, 0, 1), conv(y, m + "b", 1, 1, 0)}, 1);
    };
    const torch::Tensor three = fork(conv(x, n + "branch3x3_1"), n + "branch3x3_2");
    torch::Tensor twice = conv(conv(x, n + "branch3x3dbl_1"), n + "branch3x3dbl_2", 1, 1, 1);
    twice = fork(twice, n + "branch3x3dbl_3");
    return torch::cat({conv(x, n + "branch1x1"), three, twice, conv(pooled, n + "branch_pool")}, 1);
  }

  std::map<std::string, torch::Tensor> tensors_;
};

/// Random weights instead of the published ones, with additional tensors and without the counters
/// that old files lack.
class FidWeights : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    torch::manual_seed(3);
    const torch::NoGradGuard no_grad;
    InceptionV3 network;
    for (auto &[name, tensor] : state_dict(*network)) {
      if (name.ends_with("num_batches_tracked")) continue;
      torch::Tensor value = tensor;
      if (name.ends_with("conv.weight")) {
        value.normal_(0, std::sqrt(2.0 / double(value[0].numel())));
      } else if (name.ends_with("running_var") || name.ends_with("bn.weight")) {
        value.uniform_(0.8, 1.2);
      } else {
        value.normal_(0, 0.1);
      }
      weights_.emplace(name, value);
    }
    folder_ = std::make_unique<test::TemporaryFolder>();
    auto all = weights_;
    all.emplace("fc.weight", torch::zeros({3, 2048}));
    all.emplace("fc.bias", torch::zeros({3}));
    write("weights.safetensors", all);
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static void write(const char *name, const std::map<std::string, torch::Tensor> &tensors) {
    std::vector<NewTensor> news;
    for (const auto &[key, value] : tensors) {
      news.push_back({key,
                      DType::F32,
                      value.sizes().vec(),
                      {reinterpret_cast<const std::byte *>(value.data_ptr()), value.nbytes()}});
    }
    write_safetensors(*folder_ / name, news);
  }

  static inline std::unique_ptr<test::TemporaryFolder> folder_;
  static inline std::map<std::string, torch::Tensor> weights_;
};

cv::Mat noise(cv::Size size, int seed) {
  cv::Mat picture(size, CV_8UC3);
  cv::RNG rng(seed);
  rng.fill(picture, cv::RNG::UNIFORM, 0, 256);
  cv::GaussianBlur(picture, picture, {5, 5}, 2);
  return picture;
}

TEST_F(FidWeights, FeaturesEqualReference) {
  FidNetwork network(*folder_ / "weights.safetensors");
  const std::vector<cv::Mat> pictures{noise({64, 48}, 1), noise({320, 310}, 2)};
  const torch::Tensor features = network.features(pictures);
  ASSERT_EQ(features.sizes(), (std::vector<std::int64_t>{2, 2048}));
  ReferenceInception reference(weights_);
  for (int i = 0; i < 2; ++i) {
    torch::Tensor rgb = torch::empty({1, 3, pictures[i].rows, pictures[i].cols});
    for (int y = 0; y < pictures[i].rows; ++y) {
      for (int x = 0; x < pictures[i].cols; ++x) {
        for (int c = 0; c < 3; ++c)
          rgb.accessor<float, 4>()[0][c][y][x] = pictures[i].at<cv::Vec3b>(y, x)[2 - c] / 255.f;
      }
    }
    const torch::NoGradGuard no_grad;
    const torch::Tensor expected = reference(rgb)[0];
    EXPECT_GT(expected.std().item<double>(), 1e-3);
    EXPECT_LT((features[i] - expected).abs().max().item<double>(),
              1e-3 * expected.abs().max().item<double>());
  }
}

TEST_F(FidWeights, ZeroForIdenticalPictures) {
  FidNetwork network(*folder_ / "weights.safetensors");
  FidMeasure same(network), other(network);
  for (int i = 0; i < 3; ++i) {
    const cv::Mat picture = noise({40, 40}, i);
    same.add(picture, picture);
    other.add(picture, 255 - picture);
  }
  // Not exactly 0: rounding in 2048 dimensions, of which two are used.
  const double nothing = same.fid();
  EXPECT_NEAR(nothing, 0, 1e-3);
  EXPECT_GT(other.fid(), 10 * nothing + 1e-2);
}

TEST_F(FidWeights, RejectsMissingTensors) {
  auto fewer = weights_;
  fewer.erase("Mixed_7c.branch_pool.conv.weight");
  write("fewer.safetensors", fewer);
  try {
    FidNetwork network(*folder_ / "fewer.safetensors");
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.kind(), ErrorKind::Format);
    EXPECT_NE(std::string(error.what()).find("Mixed_7c.branch_pool.conv.weight"), std::string::npos)
        << error.what();
    EXPECT_NE(std::string(error.what()).find("fewer.safetensors"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace hyperlips::training
