// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/sync_loss.hpp"

#include <torch/nn/functional/upsampling.h>

#include "error.hpp"

namespace hyperlips::training {

torch::Tensor lower_halves(const torch::Tensor &faces, int face_size) {
  if (faces.dim() != 5 || faces.size(2) != 5) {
    throw Error(ErrorKind::Settings,
                "The sync term needs windows of 5 faces; choose another window or sync weight 0.");
  }
  const torch::Tensor halves =
      faces.slice(3, faces.size(3) / 2).permute({0, 2, 1, 3, 4}).flatten(1, 2);
  const std::int64_t width = face_size, height = width / 2;
  if (halves.size(2) == height && halves.size(3) == width) return halves;
  namespace F = torch::nn::functional;
  return F::interpolate(halves, F::InterpolateFuncOptions()
                                    .size(std::vector<std::int64_t>{height, width})
                                    .mode(torch::kBilinear)
                                    .align_corners(false));
}

torch::Tensor sync_similarity(const torch::Tensor &audio, const torch::Tensor &face) {
  constexpr double margin = 1e-6;
  return torch::cosine_similarity(audio, face).clamp(margin, 1 - margin);
}

torch::Tensor sync_loss(const torch::Tensor &similarity, const torch::Tensor &labels) {
  return torch::binary_cross_entropy(similarity, labels);
}

}  // namespace hyperlips::training
