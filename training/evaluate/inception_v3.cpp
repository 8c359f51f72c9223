// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/evaluate/inception_v3.hpp"

#include <string>
#include <vector>

#include <torch/nn/functional.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/pooling.h>

namespace hyperlips::training {
namespace {

namespace F = torch::nn::functional;
using Size = torch::ExpandingArray<2>;

/// Convolution without bias, batch norm, ReLU; names conv and bn.
class ConvImpl : public torch::nn::Module {
 public:
  ConvImpl(std::int64_t in, std::int64_t out, Size kernel, Size padding = 0,
           std::int64_t stride = 1)
      : conv_(register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel)
                                                            .padding(padding)
                                                            .stride(stride)
                                                            .bias(false)))),
        bn_(register_module(
            "bn", torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(out).eps(0.001)))) {}

  torch::Tensor forward(const torch::Tensor &x) { return torch::relu(bn_(conv_(x))); }

 private:
  torch::nn::Conv2d conv_;
  torch::nn::BatchNorm2d bn_;
};
TORCH_MODULE(Conv);

enum class Pool { Average, Max, MaxHalving };

torch::Tensor pooled(const torch::Tensor &x, Pool pool) {
  switch (pool) {
    case Pool::Average:
      return F::avg_pool2d(
          x, F::AvgPool2dFuncOptions(3).stride(1).padding(1).count_include_pad(false));
    case Pool::Max:
      return F::max_pool2d(x, F::MaxPool2dFuncOptions(3).stride(1).padding(1));
    case Pool::MaxHalving:
      break;
  }
  return F::max_pool2d(x, F::MaxPool2dFuncOptions(3).stride(2));
}

/// A chain of convolutions, optionally followed by parallel ones.
struct Branch {
  std::vector<Conv> chain, split;

  torch::Tensor forward(torch::Tensor x) {
    for (Conv &conv : chain) x = conv(x);
    if (split.empty()) return x;
    std::vector<torch::Tensor> outputs;
    for (Conv &conv : split) outputs.push_back(conv(x));
    return torch::cat(outputs, 1);
  }
};

/// Parallel branches, concatenated; the pooling branch is last.
class MixedImpl : public torch::nn::Module {
 public:
  torch::Tensor forward(const torch::Tensor &x) {
    std::vector<torch::Tensor> outputs;
    for (Branch &branch : branches_) outputs.push_back(branch.forward(x));
    outputs.push_back(after_pool_.is_empty() ? pooled(x, pool_) : after_pool_(pooled(x, pool_)));
    return torch::cat(outputs, 1);
  }

 protected:
  explicit MixedImpl(Pool pool) : pool_(pool) {}

  Conv conv(const std::string &name, std::int64_t in, std::int64_t out, Size kernel = 1,
            Size padding = 0, std::int64_t stride = 1) {
    return register_module(name, Conv(in, out, kernel, padding, stride));
  }
  void add(std::vector<Conv> chain, std::vector<Conv> split = {}) {
    branches_.push_back({std::move(chain), std::move(split)});
  }
  void add_pool(std::int64_t in, std::int64_t out) { after_pool_ = conv("branch_pool", in, out); }

 private:
  std::vector<Branch> branches_;
  Conv after_pool_{nullptr};
  Pool pool_;
};
TORCH_MODULE(Mixed);

constexpr std::array<std::int64_t, 2> kRow{1, 7}, kColumn{7, 1}, kRowPad{0, 3}, kColumnPad{3, 0};

/// 35x35: 5x5 and two 3x3.
struct BlockA : MixedImpl {
  BlockA(std::int64_t in, std::int64_t pool) : MixedImpl(Pool::Average) {
    add({conv("branch1x1", in, 64)});
    add({conv("branch5x5_1", in, 48), conv("branch5x5_2", 48, 64, 5, 2)});
    add({conv("branch3x3dbl_1", in, 64), conv("branch3x3dbl_2", 64, 96, 3, 1),
         conv("branch3x3dbl_3", 96, 96, 3, 1)});
    add_pool(in, pool);
  }
};

/// 35x35 to 17x17.
struct BlockB : MixedImpl {
  BlockB() : MixedImpl(Pool::MaxHalving) {
    add({conv("branch3x3", 288, 384, 3, 0, 2)});
    add({conv("branch3x3dbl_1", 288, 64), conv("branch3x3dbl_2", 64, 96, 3, 1),
         conv("branch3x3dbl_3", 96, 96, 3, 0, 2)});
  }
};

/// 17x17: 7x7 as a row and a column, once and twice.
struct BlockC : MixedImpl {
  explicit BlockC(std::int64_t inner) : MixedImpl(Pool::Average) {
    constexpr std::int64_t kIn = 768, kOut = 192;
    add({conv("branch1x1", kIn, kOut)});
    add({conv("branch7x7_1", kIn, inner), conv("branch7x7_2", inner, inner, kRow, kRowPad),
         conv("branch7x7_3", inner, kOut, kColumn, kColumnPad)});
    add({conv("branch7x7dbl_1", kIn, inner),
         conv("branch7x7dbl_2", inner, inner, kColumn, kColumnPad),
         conv("branch7x7dbl_3", inner, inner, kRow, kRowPad),
         conv("branch7x7dbl_4", inner, inner, kColumn, kColumnPad),
         conv("branch7x7dbl_5", inner, kOut, kRow, kRowPad)});
    add_pool(kIn, kOut);
  }
};

/// 17x17 to 8x8.
struct BlockD : MixedImpl {
  BlockD() : MixedImpl(Pool::MaxHalving) {
    add({conv("branch3x3_1", 768, 192), conv("branch3x3_2", 192, 320, 3, 0, 2)});
    add({conv("branch7x7x3_1", 768, 192), conv("branch7x7x3_2", 192, 192, kRow, kRowPad),
         conv("branch7x7x3_3", 192, 192, kColumn, kColumnPad),
         conv("branch7x7x3_4", 192, 192, 3, 0, 2)});
  }
};

/// 8x8: 3x3 as a row and a column in parallel.
struct BlockE : MixedImpl {
  BlockE(std::int64_t in, Pool pool) : MixedImpl(pool) {
    add({conv("branch1x1", in, 320)});
    add({conv("branch3x3_1", in, 384)}, row_and_column("branch3x3_2"));
    add({conv("branch3x3dbl_1", in, 448), conv("branch3x3dbl_2", 448, 384, 3, 1)},
        row_and_column("branch3x3dbl_3"));
    add_pool(in, 192);
  }

 private:
  std::vector<Conv> row_and_column(const std::string &name) {
    return {conv(name + "a", 384, 384, {1, 3}, {0, 1}), conv(name + "b", 384, 384, {3, 1}, {1, 0})};
  }
};

template <typename Block, typename... Args>
Mixed mixed(Args... args) {
  const std::shared_ptr<MixedImpl> block = std::make_shared<Block>(args...);
  return Mixed(block);
}

}  // namespace

InceptionV3Impl::InceptionV3Impl() {
  const auto add = [this](const char *name, auto layer) {
    layers_->push_back(register_module(name, layer));
  };
  const auto add_pool = [this] {
    layers_->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(3).stride(2)));
  };
  add("Conv2d_1a_3x3", Conv(3, 32, 3, 0, 2));
  add("Conv2d_2a_3x3", Conv(32, 32, 3));
  add("Conv2d_2b_3x3", Conv(32, 64, 3, 1));
  add_pool();
  add("Conv2d_3b_1x1", Conv(64, 80, 1));
  add("Conv2d_4a_3x3", Conv(80, 192, 3));
  add_pool();
  add("Mixed_5b", mixed<BlockA>(192, 32));
  add("Mixed_5c", mixed<BlockA>(256, 64));
  add("Mixed_5d", mixed<BlockA>(288, 64));
  add("Mixed_6a", mixed<BlockB>());
  add("Mixed_6b", mixed<BlockC>(128));
  add("Mixed_6c", mixed<BlockC>(160));
  add("Mixed_6d", mixed<BlockC>(160));
  add("Mixed_6e", mixed<BlockC>(192));
  add("Mixed_7a", mixed<BlockD>());
  add("Mixed_7b", mixed<BlockE>(1280, Pool::Average));
  add("Mixed_7c", mixed<BlockE>(2048, Pool::Max));
}

torch::Tensor InceptionV3Impl::forward(const torch::Tensor &pictures) {
  constexpr std::int64_t kSize = 299;
  const torch::Tensor scaled =
      F::interpolate(pictures, F::InterpolateFuncOptions()
                                   .size(std::vector<std::int64_t>{kSize, kSize})
                                   .mode(torch::kBilinear)
                                   .align_corners(false));
  return layers_->forward(scaled * 2 - 1).mean({2, 3});
}

}  // namespace hyperlips::training
