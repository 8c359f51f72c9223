// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "hyperlips/nn/hr_decoder.hpp"
#include "training/losses/lpips.hpp"
#include "training/losses/vgg19.hpp"
#include "training/stages/adversarial_stage.hpp"

namespace hyperlips::training {

/// The weights of the HR generator's loss terms; the defaults are the published ones. 0 turns a
/// term off.
struct HrLosses {
  double adversarial = 1;  ///< relativistic average, see relativistic_loss()
  double perceptual = 1;   ///< VGG-19, see Vgg19Loss
  double l1 = 1;           ///< mean absolute difference
  double gradient = 0;     ///< of horizontal and vertical differences: against blur
  double lip_l1 = 1;       ///< mean absolute difference inside each frame's lip box
  double lip_lpips = 1;    ///< LPIPS inside each frame's lip box, see Lpips
};

struct HrStageOptions : AdversarialStageOptions {
  int scale = 1;  ///< 1, 2, 4: pictures of 128, 256, 512 pixels
  HrLosses losses;
  /// torchvision's vgg19 for the perceptual term; torchvision's vgg16 and the lpips package's
  /// vgg.pth for the lip LPIPS term. Without them the term is off: see notes().
  std::optional<TensorFile> vgg19, vgg16, lpips;
};

/// HRDecoder against its discriminator and the true pictures. Batches: "base" and "sketch" (B, 3,
/// T, 128, 128), "target" (B, 3, T, S, S) with S = 128 * scale, "lips" (B, T, 4): row0, row1, col0,
/// col1 of the lips in the target, in pixels, the ends excluded. Losses: those of the terms that
/// are on, "total", and the discriminator's "disc"; validate() adds "lip_l1" if the batch has lips.
class HrStage : public AdversarialStage {
 public:
  /// Throws Error{Settings} for another scale or negative weights, and what loading checkpoints
  /// throws.
  explicit HrStage(const HrStageOptions &options);

  /// Base output, sketch, output, truth.
  cv::Mat sample_grid(const Batch &batch, int rows) override;

 private:
  /// Frame by frame, N = T B pictures: "input" (N, 6, 128, 128), "target" (N, 3, S, S) and, for the
  /// terms of the lips, "lips" (N, 4).
  Batch arrange(const Batch &batch) const override;
  torch::Tensor generate(const Batch &batch) override;
  torch::Tensor generator_loss(const Batch &batch, const torch::Tensor &generated, bool training,
                               LossList &list) override;
  torch::Tensor discriminator_loss(const torch::Tensor &target, const torch::Tensor &generated,
                                   LossList &list) override;
  void open_vgg19(const HrStageOptions &options);
  void open_lpips(const HrStageOptions &options);

  HrLosses losses_;
  HrDecoder model_{nullptr};
  std::optional<Vgg19Loss> vgg19_;
  std::optional<Lpips> lpips_;
};

}  // namespace hyperlips::training
