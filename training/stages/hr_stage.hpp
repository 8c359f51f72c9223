// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/nn/discriminators.hpp"
#include "hyperlips/nn/hr_decoder.hpp"
#include "training/losses/lpips.hpp"
#include "training/losses/vgg19.hpp"
#include "training/stages/stage_parts.hpp"

namespace hyperlips::training {

/// The weights of the HR generator's loss; the defaults are the published ones. 0 turns a term off.
struct HrLosses {
  double adversarial = 1;  ///< relativistic average, see relativistic_loss()
  double perceptual = 1;   ///< VGG-19, see Vgg19Loss
  double l1 = 1;           ///< mean absolute difference
  double gradient = 0;     ///< of horizontal and vertical differences: against blur
  double lip_l1 = 1;       ///< the same inside each frame's lip box
  double lip_lpips = 1;    ///< LPIPS inside each frame's lip box, see Lpips
};

struct HrStageOptions : AdversarialStageOptions {
  int scale = 1;  ///< 1, 2, 4: pictures of 128, 256, 512
  HrLosses losses;
  /// torchvision's vgg19 for the perceptual term; torchvision's vgg16 and the lpips package's
  /// vgg.pth for the lip LPIPS term. Without them the term is off, and notes() says so.
  std::optional<TensorFile> vgg19, vgg16, lpips;
};

/// HRDecoder against its discriminator and the true pictures. Batches: "base" and "sketch" (B, 3,
/// T, 128, 128), "target" (B, 3, T, S, S) with S 128 times the scale, "lips" (B, T, 4): row0, row1,
/// col0, col1 of the lips in the target, in pixels, the ends not included. Losses: those of the
/// terms that are on, "total", and the discriminator's "disc".
class HrStage : public Stage {
 public:
  /// Throws Error{Settings} for another scale or negative weights, and what loading checkpoints
  /// throws.
  explicit HrStage(const HrStageOptions &options);

  std::vector<Trained> trained() override;
  Losses accumulate(const Batch &batch, double weight) override;
  Losses validate(const Batch &batch) override;
  /// Base output, sketch, output, truth.
  cv::Mat collage(const Batch &batch, int rows) override;
  std::vector<std::string> notes() const override { return notes_; }

 private:
  struct Frames;
  Frames frames(const Batch &batch) const;
  torch::Tensor generate(const torch::Tensor &input);
  torch::Tensor judge(const torch::Tensor &faces);
  torch::Tensor generator_loss(const Frames &frames, const torch::Tensor &generated,
                               LossList &list);
  torch::Tensor discriminator_loss(const torch::Tensor &target, const torch::Tensor &generated,
                                   LossList &list);

  HrStageOptions options_;
  HrDecoder model_{nullptr};
  HrDiscriminator discriminator_{nullptr};  ///< none when its term is off
  std::optional<Vgg19Loss> vgg19_;
  std::optional<Lpips> lpips_;
  std::vector<std::string> notes_;
};

}  // namespace hyperlips::training
