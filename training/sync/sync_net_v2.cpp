// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/sync_net_v2.hpp"

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/pooling.h>

namespace hyperlips::training {
namespace {

using Size2 = torch::ExpandingArray<2>;
using Size3 = torch::ExpandingArray<3>;

void add_sound_layer(torch::nn::Sequential &net, std::int64_t in, std::int64_t out,
                     Size2 kernel = 3, Size2 padding = 1) {
  net->push_back(torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).padding(padding)));
  net->push_back(torch::nn::BatchNorm2d(out));
  net->push_back(torch::nn::ReLU());
}

void add_sound_pool(torch::nn::Sequential &net, Size2 kernel, Size2 stride) {
  net->push_back(torch::nn::MaxPool2d(torch::nn::MaxPool2dOptions(kernel).stride(stride)));
}

void add_lip_layer(torch::nn::Sequential &net, std::int64_t in, std::int64_t out, Size3 kernel,
                   Size3 stride, Size3 padding) {
  net->push_back(
      torch::nn::Conv3d(torch::nn::Conv3dOptions(in, out, kernel).stride(stride).padding(padding)));
  net->push_back(torch::nn::BatchNorm3d(out));
  net->push_back(torch::nn::ReLU());
}

void add_lip_pool(torch::nn::Sequential &net, Size3 padding) {
  net->push_back(torch::nn::MaxPool3d(
      torch::nn::MaxPool3dOptions({1, 3, 3}).stride({1, 2, 2}).padding(padding)));
}

torch::nn::Sequential make_head() {
  constexpr std::int64_t kHidden = 512;
  return torch::nn::Sequential(torch::nn::Linear(kHidden, kHidden), torch::nn::BatchNorm1d(kHidden),
                               torch::nn::ReLU(),
                               torch::nn::Linear(kHidden, SyncNetV2Impl::kEmbedding));
}

}  // namespace

SyncNetV2Impl::SyncNetV2Impl() {
  torch::nn::Sequential sound, lips;
  add_sound_layer(sound, 1, 64);
  add_sound_pool(sound, 1, 1);  // has no effect, but counts in the layer names
  add_sound_layer(sound, 64, 192);
  add_sound_pool(sound, 3, {1, 2});
  add_sound_layer(sound, 192, 384);
  add_sound_layer(sound, 384, 256);
  add_sound_layer(sound, 256, 256);
  add_sound_pool(sound, 3, 2);
  add_sound_layer(sound, 256, 512, {5, 4}, 0);

  add_lip_layer(lips, 3, 96, {5, 7, 7}, {1, 2, 2}, 0);
  add_lip_pool(lips, 0);
  add_lip_layer(lips, 96, 256, {1, 5, 5}, {1, 2, 2}, {0, 1, 1});
  add_lip_pool(lips, {0, 1, 1});
  for (int i = 0; i < 3; ++i) add_lip_layer(lips, 256, 256, {1, 3, 3}, 1, {0, 1, 1});
  add_lip_pool(lips, 0);
  add_lip_layer(lips, 256, 512, {1, 6, 6}, 1, 0);

  netcnnaud_ = register_module("netcnnaud", sound);
  netfcaud_ = register_module("netfcaud", make_head());
  netfclip_ = register_module("netfclip", make_head());
  netcnnlip_ = register_module("netcnnlip", lips);
}

torch::Tensor SyncNetV2Impl::forward_sound(const torch::Tensor &mfcc) {
  return netfcaud_->forward(netcnnaud_->forward(mfcc).flatten(1));
}

torch::Tensor SyncNetV2Impl::forward_lips(const torch::Tensor &faces) {
  return netfclip_->forward(netcnnlip_->forward(faces).flatten(1));
}

}  // namespace hyperlips::training
