// SPDX-License-Identifier: LGPL-2.1-or-later
// VGG-19 and LPIPS on generated weights in the real layout, against plain loops over doubles.
#include <gtest/gtest.h>

#include <functional>

#include "hyperlips/error.hpp"
#include "losses_testing.hpp"
#include "training/losses/lpips.hpp"
#include "training/losses/vgg19.hpp"

namespace hyperlips::training {
namespace {

using test::MadeCheckpoint;
using test::VggConvolution;

/// Feature maps, channel by channel.
struct Maps {
  int channels = 0, height = 0, width = 0;
  std::vector<double> values;
  double &at(int c, int y, int x) { return values[(c * height + y) * width + x]; }
};

Maps make_maps(int channels, int height, int width) {
  return {channels, height, width, std::vector<double>(channels * height * width)};
}

Maps maps_of(const torch::Tensor &picture) {
  const torch::Tensor values = picture.to(torch::kFloat64).contiguous();
  Maps maps = make_maps(static_cast<int>(values.size(0)), static_cast<int>(values.size(1)),
                        static_cast<int>(values.size(2)));
  std::copy_n(values.const_data_ptr<double>(), maps.values.size(), maps.values.begin());
  return maps;
}

Maps convolve(Maps in, MadeCheckpoint &checkpoint, const VggConvolution &layer) {
  const std::string name = "features." + std::to_string(layer.layer);
  const std::vector<float> &weight = checkpoint.values(name + ".weight");
  const std::vector<float> &bias = checkpoint.values(name + ".bias");
  Maps out = make_maps(static_cast<int>(layer.out), in.height, in.width);
  for (int o = 0; o < out.channels; ++o) {
    for (int y = 0; y < out.height; ++y) {
      for (int x = 0; x < out.width; ++x) out.at(o, y, x) = bias[o];
    }
    for (int i = 0; i < in.channels; ++i) {
      for (int k = 0; k < 9; ++k) {
        const double w = weight[(o * in.channels + i) * 9 + k];
        const int dy = k / 3 - 1, dx = k % 3 - 1;
        for (int y = std::max(0, -dy); y < std::min(in.height, in.height - dy); ++y) {
          for (int x = std::max(0, -dx); x < std::min(in.width, in.width - dx); ++x) {
            out.at(o, y, x) += w * in.at(i, y + dy, x + dx);
          }
        }
      }
    }
  }
  return out;
}

void rectify(Maps &maps) {
  for (double &value : maps.values) value = std::max(value, 0.0);
}

Maps pool(Maps in) {
  Maps out = make_maps(in.channels, in.height / 2, in.width / 2);
  for (int c = 0; c < out.channels; ++c) {
    for (int y = 0; y < out.height; ++y) {
      for (int x = 0; x < out.width; ++x) {
        out.at(c, y, x) =
            std::max(std::max(in.at(c, 2 * y, 2 * x), in.at(c, 2 * y, 2 * x + 1)),
                     std::max(in.at(c, 2 * y + 1, 2 * x), in.at(c, 2 * y + 1, 2 * x + 1)));
      }
    }
  }
  return out;
}

using Visit = std::function<void(int layer, Maps &maps)>;

/// Runs a VGG, convolution by convolution; `rectified` sees the maps behind each ReLU. Gives the
/// output of the last convolution.
Maps run(MadeCheckpoint &checkpoint, const std::vector<VggConvolution> &convolutions,
         const std::vector<int> &pools, Maps maps, const Visit &rectified) {
  for (const VggConvolution &layer : convolutions) {
    maps = convolve(std::move(maps), checkpoint, layer);
    Maps positive = maps;
    rectify(positive);
    rectified(layer.layer + 1, positive);
    if (layer.layer == convolutions.back().layer) break;
    const bool pooled = std::find(pools.begin(), pools.end(), layer.layer + 2) != pools.end();
    maps = pooled ? pool(std::move(positive)) : std::move(positive);
  }
  return maps;
}

torch::Tensor picture(int height, int width, double phase) {
  const torch::Tensor y = torch::arange(height, torch::kFloat32).view({1, 1, -1, 1});
  const torch::Tensor x = torch::arange(width, torch::kFloat32).view({1, 1, 1, -1});
  const torch::Tensor c = torch::arange(3, torch::kFloat32).view({1, -1, 1, 1});
  return torch::sin(y * 0.7 + x * 0.4 + c * 1.3 + phase).mul(0.5).add(0.5);
}

double lpips_by_loops(MadeCheckpoint &vgg, MadeCheckpoint &linear, const torch::Tensor &a,
                      const torch::Tensor &b) {
  const double shift[] = {-0.030, -0.088, -0.188}, scale[] = {0.458, 0.448, 0.450};
  std::vector<Maps> features[2];
  for (int side = 0; side < 2; ++side) {
    Maps maps = maps_of((side ? b : a)[0]);
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < maps.height; ++y) {
        for (int x = 0; x < maps.width; ++x) {
          maps.at(c, y, x) = (maps.at(c, y, x) - shift[c]) / scale[c];
        }
      }
    }
    run(vgg, test::kVgg16Convolutions, test::kVgg16Pools, maps, [&](int layer, Maps &positive) {
      for (const int tap : {3, 8, 15, 22, 29}) {
        if (layer == tap) features[side].push_back(positive);
      }
    });
  }
  double distance = 0;
  for (std::size_t level = 0; level < 5; ++level) {
    Maps &left = features[0][level], &right = features[1][level];
    const std::vector<float> &weight =
        linear.values("lin" + std::to_string(level) + ".model.1.weight");
    double sum = 0;
    for (int y = 0; y < left.height; ++y) {
      for (int x = 0; x < left.width; ++x) {
        double left_norm = 0, right_norm = 0;
        for (int c = 0; c < left.channels; ++c) {
          left_norm += left.at(c, y, x) * left.at(c, y, x);
          right_norm += right.at(c, y, x) * right.at(c, y, x);
        }
        for (int c = 0; c < left.channels; ++c) {
          const double difference = left.at(c, y, x) / (std::sqrt(left_norm) + 1e-10) -
                                    right.at(c, y, x) / (std::sqrt(right_norm) + 1e-10);
          sum += weight[c] * difference * difference;
        }
      }
    }
    distance += sum / (left.height * left.width);
  }
  return distance;
}

void expect_format_error(const std::vector<std::string> &parts,
                         const std::function<void()> &action) {
  try {
    action();
    ADD_FAILURE() << "no error, expected one with " << parts.front();
  } catch (const Error &error) {
    EXPECT_EQ(error.kind(), ErrorKind::Format);
    for (const std::string &part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

class PerceptualLosses : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    vgg16 = new MadeCheckpoint(test::made_vgg("vgg16.pth", test::kVgg16Convolutions));
    vgg19 = new MadeCheckpoint(test::made_vgg("vgg19.pth", test::kVgg19Convolutions));
    linear = new MadeCheckpoint(test::made_lpips("vgg.pth"));
  }
  static void TearDownTestSuite() {
    delete vgg16;
    delete vgg19;
    delete linear;
  }
  static inline MadeCheckpoint *vgg16, *vgg19, *linear;
};

TEST_F(PerceptualLosses, Vgg19MatchesReference) {
  const torch::Tensor truth = picture(16, 16, 0), generated = picture(16, 16, 0.5);
  const auto features = [&](const torch::Tensor &x) {
    return run(*vgg19, test::kVgg19Convolutions, test::kVgg19Pools, maps_of(x[0]),
               [](int, Maps &) {});
  };
  const Maps a = features(truth), b = features(generated);
  ASSERT_EQ(a.channels, 512);
  double expected = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) expected += std::abs(a.values[i] - b.values[i]);
  expected /= static_cast<double>(a.values.size());
  ASSERT_GT(expected, 0.01);

  const Vgg19Loss loss(vgg19->file());
  EXPECT_NEAR(loss(truth, generated).item<double>(), expected, 1e-4 * expected);
  EXPECT_EQ(loss(truth, truth).item<double>(), 0);
}

TEST_F(PerceptualLosses, Vgg19GradientsOfGeneratedPictureOnly) {
  torch::Tensor truth = picture(16, 16, 0).requires_grad_();
  torch::Tensor generated = picture(16, 16, 0.5).requires_grad_();
  Vgg19Loss(vgg19->file())(truth, generated).backward();
  EXPECT_FALSE(truth.grad().defined());
  EXPECT_GT(generated.grad().abs().sum().item<double>(), 0);
}

TEST_F(PerceptualLosses, LpipsMatchesFormula) {
  const torch::Tensor a = picture(16, 20, 0), b = picture(16, 20, 0.5);
  const double expected = lpips_by_loops(*vgg16, *linear, a, b);
  ASSERT_GT(expected, 0.01);
  const Lpips lpips(vgg16->file(), linear->file());
  EXPECT_NEAR(lpips.distance(a, b).item<double>(), expected, 1e-4 * expected);
  EXPECT_NEAR(lpips.distance(a, a).item<double>(), 0, 1e-9);
}

TEST_F(PerceptualLosses, EnlargesSmallBoxesAndSkipsEmptyOnes) {
  const Lpips lpips(vgg16->file(), linear->file());
  const torch::Tensor a = torch::cat({picture(32, 32, 0), picture(32, 32, 1)});
  const torch::Tensor b = torch::cat({picture(32, 32, 0.5), picture(32, 32, 1.5)});

  // 8 rows become 16: every second one of these is a mixture of 1/4 and 3/4.
  const auto doubled_rows = [](const torch::Tensor &rows) {
    std::vector<torch::Tensor> out;
    for (std::int64_t y = 0; y < rows.size(2); ++y) {
      const torch::Tensor row = rows.select(2, y);
      const torch::Tensor above = rows.select(2, std::max<std::int64_t>(y - 1, 0));
      const torch::Tensor below = rows.select(2, std::min(y + 1, rows.size(2) - 1));
      out.push_back(0.75 * row + 0.25 * above);
      out.push_back(0.75 * row + 0.25 * below);
    }
    return torch::stack(out, 2);
  };
  const auto part = [](const torch::Tensor &x) {
    return x.slice(0, 0, 1).slice(2, 4, 12).slice(3, 2, 20);
  };
  const double expected =
      lpips.distance(doubled_rows(part(a)), doubled_rows(part(b))).item<double>();
  ASSERT_GT(expected, 0.01);
  const PictureBox box{4, 12, 2, 20}, empty{10, 10, 0, 32};
  EXPECT_NEAR(lpips.boxes_distance(a, b, {box, empty}).item<double>(), expected, 1e-4 * expected);
  EXPECT_EQ(lpips.boxes_distance(a, b, {empty, empty}).item<double>(), 0);

  torch::Tensor dot = torch::zeros({1, 3, 1, 1}).requires_grad_();
  lpips.distance(dot, dot.detach() + 0.5).sum().backward();
  EXPECT_TRUE(dot.grad().isfinite().all().item<bool>());
}

TEST_F(PerceptualLosses, GradientOfZeroFeaturesIsFinite) {
  // With all biases and weights of the first layer at zero, no feature is alive anywhere.
  MadeCheckpoint dead = test::made_vgg("dead.pth", test::kVgg16Convolutions);
  for (auto &[name, tensor] : dead.file().tensors) {
    std::vector<float> &values = dead.values(name);
    if (name == "features.0.weight" || name.ends_with("bias")) {
      std::fill(values.begin(), values.end(), 0.f);
    }
  }
  torch::Tensor a = picture(16, 16, 0).requires_grad_();
  Lpips(dead.file(), linear->file()).distance(a, picture(16, 16, 1)).sum().backward();
  EXPECT_TRUE(a.grad().isfinite().all().item<bool>());
}

TEST_F(PerceptualLosses, RejectsDamagedFiles) {
  TensorFile lacking = vgg19->file();
  lacking.tensors.erase("features.28.bias");
  expect_format_error({"vgg19.pth", "VGG-19", "features.28.bias", "missing", "[512]"},
                      [&] { Vgg19Loss{lacking}; });
  expect_format_error({"vgg16.pth", "VGG-19", "features.16.weight"},
                      [&] { Vgg19Loss{vgg16->file()}; });
  TensorFile wrong = linear->file();
  wrong.tensors["lin2.model.1.weight"] = wrong.tensors["lin1.model.1.weight"];
  expect_format_error({"vgg.pth", "LPIPS", "lin2.model.1.weight", "[1, 128, 1, 1]"}, [&] {
    Lpips{vgg16->file(), wrong};
  });
  MadeCheckpoint broken = test::made_lpips("broken.pth");
  broken.values("lin0.model.1.weight")[5] = std::nanf("");
  expect_format_error({"broken.pth", "lin0.model.1.weight", "finite"}, [&] {
    Lpips{vgg16->file(), broken.file()};
  });
}

}  // namespace
}  // namespace hyperlips::training
