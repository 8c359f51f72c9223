// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <vector>

#include <torch/types.h>

namespace hyperlips::training {

/// Mean absolute difference of the horizontal and vertical first differences of two sets of
/// pictures (..., H, W): penalizes blur, which L1 alone hardly does. A scalar.
torch::Tensor gradient_l1(const torch::Tensor &a, const torch::Tensor &b);

/// Pictures (N, C, H, W), scaled bilinearly to height x width.
torch::Tensor resized(const torch::Tensor &pictures, std::int64_t height, std::int64_t width);

/// A part of a picture: rows row0 ... row1 - 1, columns col0 ... col1 - 1.
struct PictureBox {
  std::int64_t row0, row1, col0, col1;
  bool empty() const { return row1 <= row0 || col1 <= col0; }
};

/// Boxes (N, 4) of row0, row1, col0, col1, clipped to pictures of height x width.
std::vector<PictureBox> picture_boxes(const torch::Tensor &boxes, std::int64_t height,
                                      std::int64_t width);

/// A scalar loss of two pictures (1, C, h, w).
using PictureLoss = std::function<torch::Tensor(const torch::Tensor &, const torch::Tensor &)>;

/// The mean of `loss` inside each picture's box: a and b (N, C, H, W), N boxes. Pictures with an
/// empty box, which the published masks may have, are skipped; 0 if all are empty.
torch::Tensor boxes_loss(const torch::Tensor &a, const torch::Tensor &b,
                         const std::vector<PictureBox> &boxes, const PictureLoss &loss);

/// boxes_loss() of the mean absolute difference.
torch::Tensor boxes_l1(const torch::Tensor &a, const torch::Tensor &b,
                       const std::vector<PictureBox> &boxes);

}  // namespace hyperlips::training
