// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <vector>

#include <torch/types.h>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::training {

enum class VggDepth { Vgg16 = 16, Vgg19 = 19 };

/// The `features` of VGG-16 or VGG-19 (Simonyan & Zisserman 2014) without batch norm, frozen, with
/// torchvision's numbering: convolution, ReLU and pooling each count as one layer.
class VggFeatures {
 public:
  /// Reads "features.N.weight" and "features.N.bias" of the layers up to and including `last` from
  /// a checkpoint in torchvision's layout; other tensors (the classifier) are ignored. Throws
  /// Error{Format} that names the file and the first tensor that is missing, of another shape or
  /// not finite.
  VggFeatures(const TensorFile &file, VggDepth depth, int last, const torch::Device &device);

  /// The outputs of the layers `taps`, ascending and at most `last`. x: (N, 3, H, W), H and W at
  /// least 16; only x gets gradients.
  std::vector<torch::Tensor> forward(const torch::Tensor &x, std::span<const int> taps) const;

 private:
  struct Layer {
    enum { Convolution, Relu, Pool } kind;
    torch::Tensor weight, bias;
  };
  std::vector<Layer> layers_;
};

/// A float32 tensor of a checkpoint of `kind` ("VGG-19", ...), on `device`, without gradient.
/// Throws as VggFeatures().
torch::Tensor checked_weights(const TensorFile &file, const std::string &kind,
                              const std::string &name, const std::vector<std::int64_t> &shape,
                              const torch::Device &device);

}  // namespace hyperlips::training
