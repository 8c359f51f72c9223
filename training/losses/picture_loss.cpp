// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/picture_loss.hpp"

#include <algorithm>

#include <torch/nn/functional/upsampling.h>

namespace hyperlips::training {

torch::Tensor gradient_l1(const torch::Tensor &a, const torch::Tensor &b) {
  // The difference of the gradients is the gradient of the difference.
  const torch::Tensor difference = a - b;
  return difference.diff(1, -1).abs().mean() + difference.diff(1, -2).abs().mean();
}

torch::Tensor resized(const torch::Tensor &pictures, std::int64_t height, std::int64_t width) {
  if (height == pictures.size(2) && width == pictures.size(3)) return pictures;
  namespace F = torch::nn::functional;
  return F::interpolate(pictures, F::InterpolateFuncOptions()
                                      .size(std::vector<std::int64_t>{height, width})
                                      .mode(torch::kBilinear)
                                      .align_corners(false));
}

std::vector<PictureBox> picture_boxes(const torch::Tensor &boxes, std::int64_t height,
                                      std::int64_t width) {
  const torch::Tensor numbers = boxes.to(torch::kCPU, torch::kInt64).contiguous();
  std::vector<PictureBox> all;
  for (std::int64_t i = 0; i < numbers.size(0); ++i) {
    const auto *box = numbers.const_data_ptr<std::int64_t>() + 4 * i;
    const auto cut = [box](int k, std::int64_t size) {
      return std::clamp<std::int64_t>(box[k], 0, size);
    };
    all.push_back({cut(0, height), cut(1, height), cut(2, width), cut(3, width)});
  }
  return all;
}

torch::Tensor boxes_loss(const torch::Tensor &a, const torch::Tensor &b,
                         const std::vector<PictureBox> &boxes, const PictureLoss &loss) {
  torch::Tensor sum = torch::zeros({}, a.options());
  int counted = 0;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const PictureBox &box = boxes[i];
    if (box.empty()) continue;
    const auto part = [&](const torch::Tensor &pictures) {
      return pictures.narrow(0, static_cast<std::int64_t>(i), 1)
          .slice(2, box.row0, box.row1)
          .slice(3, box.col0, box.col1);
    };
    sum = sum + loss(part(a), part(b));
    ++counted;
  }
  return sum / std::max(counted, 1);
}

torch::Tensor boxes_l1(const torch::Tensor &a, const torch::Tensor &b,
                       const std::vector<PictureBox> &boxes) {
  return boxes_loss(a, b, boxes, [](const torch::Tensor &x, const torch::Tensor &y) {
    return torch::l1_loss(x, y);
  });
}

}  // namespace hyperlips::training
