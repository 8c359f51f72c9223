// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/hr_stage.hpp"

#include <algorithm>

#include "hyperlips/nn/discriminators.hpp"
#include "hyperlips/nn/full_precision.hpp"
#include "training/losses/adversarial.hpp"
#include "training/losses/picture_loss.hpp"
#include "training/stages/autocast.hpp"
#include "training/stages/freeze.hpp"

namespace hyperlips::training {

namespace {

/// (B, C, T, H, W) to (T B, C, H, W), the published order.
torch::Tensor by_frame(const torch::Tensor &clips) {
  return clips.permute({2, 0, 1, 3, 4}).flatten(0, 1);
}

}  // namespace

HrStage::HrStage(const HrStageOptions &options)
    : AdversarialStage(options), losses_(options.losses), model_(HrDecoder(options.scale)) {
  check_weights({{"adversarial", losses_.adversarial},
                 {"perceptual", losses_.perceptual},
                 {"l1", losses_.l1},
                 {"gradient", losses_.gradient},
                 {"lip_l1", losses_.lip_l1},
                 {"lip_lpips", losses_.lip_lpips}});
  set_generator("HRDecoder x" + std::to_string(options.scale), model_, options);
  if (losses_.adversarial > 0) set_discriminator("HRDecoder_disc_qual", HrDiscriminator(), options);
  if (losses_.perceptual > 0) open_vgg19(options);
  if (losses_.lip_lpips > 0) open_lpips(options);
}

void HrStage::open_vgg19(const HrStageOptions &options) {
  if (options.vgg19) {
    vgg19_.emplace(*options.vgg19, options.device);
    return;
  }
  add_note(
      "No VGG-19 file is given (--vgg19, torchvision's vgg19 .pth): the perceptual loss is off, "
      "and pictures will be less sharp.");
}

void HrStage::open_lpips(const HrStageOptions &options) {
  if (options.vgg16 && options.lpips) {
    lpips_.emplace(*options.vgg16, *options.lpips, options.device);
    return;
  }
  std::string missing = options.vgg16 ? "" : "torchvision's vgg16 .pth (--vgg16)";
  if (!options.lpips)
    missing +=
        std::string(missing.empty() ? "" : " and ") + "the lpips package's vgg.pth (--lpips)";
  add_note("The lip LPIPS loss is off, because it needs " + missing + ".");
}

Batch HrStage::arrange(const Batch &batch) const {
  Batch frames;
  frames["input"] = by_frame(torch::cat(
      {batch_tensor(batch, "base", device()), batch_tensor(batch, "sketch", device())}, 1));
  frames["target"] = by_frame(batch_tensor(batch, "target", device()));
  if (batch.contains("lips") || losses_.lip_l1 > 0 || lpips_)
    frames["lips"] = batch_tensor(batch, "lips", torch::kCPU).transpose(0, 1).flatten(0, 1);
  return frames;
}

torch::Tensor HrStage::generate(const Batch &batch) {
  const Autocast autocast(device().type(), bf16());
  return full_precision(model_->forward(batch_tensor(batch, "input", device())));
}

torch::Tensor HrStage::generator_loss(const Batch &batch, const torch::Tensor &generated,
                                      bool training, LossList &list) {
  const torch::Tensor target = batch_tensor(batch, "target", device());
  std::vector<PictureBox> lips;
  if (batch.contains("lips"))
    lips = picture_boxes(batch.at("lips"), target.size(2), target.size(3));
  LossSum sum(list, generated);
  if (has_discriminator()) {
    const GradientPause pause(discriminator());
    sum.add("adversarial", losses_.adversarial,
            relativistic_loss(discriminate(generated), discriminate(target)));
  }
  if (vgg19_) {
    const Autocast autocast(device().type(), bf16());
    sum.add("perceptual", losses_.perceptual, (*vgg19_)(target, generated));
  }
  if (losses_.l1 > 0) sum.add("l1", losses_.l1, torch::l1_loss(generated, target));
  if (losses_.gradient > 0) sum.add("gradient", losses_.gradient, gradient_l1(generated, target));
  // Also the measure of the best checkpoint, whatever its weight.
  if (losses_.lip_l1 > 0 || (!training && !lips.empty()))
    sum.add("lip_l1", losses_.lip_l1, boxes_l1(generated, target, lips));
  if (lpips_) {
    const Autocast autocast(device().type(), bf16());
    sum.add("lip_lpips", losses_.lip_lpips, lpips_->boxes_distance(generated, target, lips));
  }
  return sum.total();
}

torch::Tensor HrStage::discriminator_loss(const torch::Tensor &target,
                                          const torch::Tensor &generated, LossList &list) {
  // Both in one pass: the discriminator has no norm that would mix them.
  const std::vector<torch::Tensor> scores = discriminate(torch::cat({target, generated})).chunk(2);
  const torch::Tensor loss = relativistic_loss(scores[0], scores[1]);
  list.add("disc", loss);
  return loss;
}

cv::Mat HrStage::sample_grid(const Batch &batch, int rows) {
  const torch::NoGradGuard no_grad;
  use_training_mode(false);
  const auto middle = [&](const char *name) {
    const torch::Tensor clips = batch_tensor(batch, name, device());
    return clips.slice(0, 0, std::max(rows, 1)).select(2, clips.size(2) / 2);
  };
  const torch::Tensor base = middle("base"), sketch = middle("sketch"), target = middle("target");
  const auto enlarged = [&target](const torch::Tensor &pictures) {
    return resized(pictures, target.size(2), target.size(3));
  };
  return picture_table({enlarged(base), enlarged(sketch),
                        generate({{"input", torch::cat({base, sketch}, 1)}}), target});
}

}  // namespace hyperlips::training
