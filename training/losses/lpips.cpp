// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/lpips.hpp"

#include <algorithm>

namespace hyperlips::training {
namespace {

/// ReLU 1_2, 2_2, 3_3, 4_3 and 5_3.
constexpr std::array<int, 5> kTaps{3, 8, 15, 22, 29};
constexpr std::array<std::int64_t, 5> kChannels{64, 128, 256, 512, 512};
constexpr std::int64_t kMinSize = 16;

torch::Tensor enlarge_to_minimum(const torch::Tensor &pictures) {
  return resized(pictures, std::max(pictures.size(2), kMinSize),
                 std::max(pictures.size(3), kMinSize));
}

}  // namespace

Lpips::Lpips(const TensorFile &vgg16, const TensorFile &linear, const torch::Device &device)
    : vgg_(vgg16, VggDepth::Vgg16, kTaps.back(), device) {
  const auto constants = [&device](std::initializer_list<float> values) {
    return torch::tensor(std::vector<float>(values)).view({1, 3, 1, 1}).to(device);
  };
  shift_ = constants({-0.030f, -0.088f, -0.188f});
  scale_ = constants({0.458f, 0.448f, 0.450f});
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    weights_[i] = checked_weights(linear, "LPIPS", "lin" + std::to_string(i) + ".model.1.weight",
                                  {1, kChannels[i], 1, 1}, device);
  }
}

std::vector<torch::Tensor> Lpips::features(const torch::Tensor &pictures) const {
  std::vector<torch::Tensor> features =
      vgg_.forward((enlarge_to_minimum(pictures) - shift_) / scale_, kTaps);
  for (torch::Tensor &feature : features) {
    feature = feature.to(torch::kFloat32);
    // norm(), unlike the square root of a sum, has a finite gradient if all channels are 0.
    feature = feature / (feature.norm(2, 1, true) + 1e-10);
  }
  return features;
}

torch::Tensor Lpips::distance(const torch::Tensor &a, const torch::Tensor &b) const {
  const std::vector<torch::Tensor> left = features(a), right = features(b);
  torch::Tensor sum = torch::zeros({a.size(0)}, shift_.options());
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    sum = sum + ((left[i] - right[i]).square() * weights_[i]).sum(1).mean({1, 2});
  }
  return sum;
}

torch::Tensor Lpips::boxes_distance(const torch::Tensor &a, const torch::Tensor &b,
                                    const std::vector<PictureBox> &boxes) const {
  return boxes_loss(a, b, boxes, [this](const torch::Tensor &x, const torch::Tensor &y) {
    return distance(x, y).squeeze(0);
  });
}

}  // namespace hyperlips::training
