// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/hr_stage.hpp"

#include <algorithm>

#include <torch/nn/functional/upsampling.h>
#include <torch/utils.h>

#include "hyperlips/nn/full_precision.hpp"
#include "training/losses/adversarial.hpp"
#include "training/losses/picture_loss.hpp"
#include "training/stages/autocast.hpp"
#include "training/stages/freeze.hpp"

namespace hyperlips::training {

/// A batch frame by frame: N = T B pictures.
struct HrStage::Frames {
  torch::Tensor input;   ///< (N, 6, 128, 128)
  torch::Tensor target;  ///< (N, 3, S, S)
  std::vector<PictureBox> lips;
};

namespace {

/// (B, C, T, H, W) to (T B, C, H, W), the published order.
torch::Tensor by_frame(const torch::Tensor &clips) {
  return clips.permute({2, 0, 1, 3, 4}).flatten(0, 1);
}

torch::Tensor enlarge(const torch::Tensor &pictures, const torch::Tensor &like) {
  namespace F = torch::nn::functional;
  return F::interpolate(pictures, F::InterpolateFuncOptions()
                                      .size(std::vector<std::int64_t>{like.size(2), like.size(3)})
                                      .mode(torch::kBilinear)
                                      .align_corners(false));
}

}  // namespace

HrStage::HrStage(const HrStageOptions &options) : options_(options) {
  const HrLosses &weights = options_.losses;
  check_weights({{"adversarial", weights.adversarial},
                 {"perceptual", weights.perceptual},
                 {"l1", weights.l1},
                 {"gradient", weights.gradient},
                 {"lip_l1", weights.lip_l1},
                 {"lip_lpips", weights.lip_lpips}});
  torch::manual_seed(options_.seed);
  model_ = HrDecoder(options_.scale);
  prepare(*model_, options_.start, options_.device);
  freeze(*model_, options_.frozen);
  if (weights.adversarial > 0) {
    discriminator_ = HrDiscriminator();
    prepare(*discriminator_, options_.discriminator_start, options_.device);
  }
  if (weights.perceptual > 0) {
    if (options_.vgg19) {
      vgg19_.emplace(*options_.vgg19, options_.device);
    } else {
      notes_.emplace_back(
          "No VGG-19 file is given (torchvision's vgg19 .pth): the perceptual term is off, and "
          "pictures will be softer than they could be.");
    }
  }
  if (weights.lip_lpips > 0) {
    if (options_.vgg16 && options_.lpips) {
      lpips_.emplace(*options_.vgg16, *options_.lpips, options_.device);
    } else {
      notes_.emplace_back(std::string("The lip LPIPS term is off: it needs ") +
                          (options_.vgg16 ? "" : "torchvision's vgg16 .pth") +
                          (options_.vgg16 || options_.lpips ? "" : " and ") +
                          (options_.lpips ? "" : "vgg.pth of the lpips package") +
                          ", which is not given.");
    }
  }
  // The networks have their own copies by now.
  options_.start = options_.discriminator_start = std::nullopt;
  options_.vgg19 = options_.vgg16 = options_.lpips = std::nullopt;
}

std::vector<Trained> HrStage::trained() {
  return generator_and_discriminator(options_, "HRDecoder x" + std::to_string(options_.scale),
                                     model_.ptr(), "HRDecoder_disc_qual",
                                     discriminator_ ? discriminator_.ptr() : nullptr);
}

HrStage::Frames HrStage::frames(const Batch &batch) const {
  const torch::Device &device = options_.device;
  Frames frames;
  frames.input = by_frame(
      torch::cat({batch_tensor(batch, "base", device), batch_tensor(batch, "sketch", device)}, 1));
  frames.target = by_frame(batch_tensor(batch, "target", device));
  if (options_.losses.lip_l1 > 0 || lpips_) {
    const torch::Tensor lips = batch_tensor(batch, "lips", torch::kCPU);
    frames.lips = picture_boxes(lips.transpose(0, 1).flatten(0, 1), frames.target.size(2),
                                frames.target.size(3));
  }
  return frames;
}

torch::Tensor HrStage::generate(const torch::Tensor &input) {
  const Autocast autocast(options_.device.type(), options_.bf16);
  return full_precision(model_->forward(input));
}

torch::Tensor HrStage::judge(const torch::Tensor &faces) {
  const Autocast autocast(options_.device.type(), options_.bf16);
  return discriminator_->forward(faces);
}

torch::Tensor HrStage::generator_loss(const Frames &frames, const torch::Tensor &generated,
                                      LossList &list) {
  const HrLosses &weights = options_.losses;
  torch::Tensor total = torch::zeros({}, generated.options());
  const auto add = [&](const char *name, double weight, const torch::Tensor &loss) {
    list.add(name, loss);
    total = total + weight * loss;
  };
  if (discriminator_) {
    const GradientPause pause(*discriminator_);
    add("adversarial", weights.adversarial,
        relativistic_loss(judge(generated), judge(frames.target)));
  }
  if (vgg19_) {
    const Autocast autocast(options_.device.type(), options_.bf16);
    add("perceptual", weights.perceptual, (*vgg19_)(frames.target, generated));
  }
  if (weights.l1 > 0) add("l1", weights.l1, torch::l1_loss(generated, frames.target));
  if (weights.gradient > 0)
    add("gradient", weights.gradient, gradient_l1(generated, frames.target));
  if (weights.lip_l1 > 0) {
    add("lip_l1", weights.lip_l1, boxes_l1(generated, frames.target, frames.lips));
  }
  if (lpips_) {
    const Autocast autocast(options_.device.type(), options_.bf16);
    add("lip_lpips", weights.lip_lpips,
        lpips_->boxes_distance(generated, frames.target, frames.lips));
  }
  list.add("total", total);
  return total;
}

torch::Tensor HrStage::discriminator_loss(const torch::Tensor &target,
                                          const torch::Tensor &generated, LossList &list) {
  // Both in one pass: the discriminator has no norm that would mix them.
  const torch::Tensor judged = judge(torch::cat({target, generated.detach()}));
  const std::vector<torch::Tensor> halves = judged.chunk(2);
  const torch::Tensor loss = relativistic_loss(halves[0], halves[1]);
  list.add("disc", loss);
  return loss;
}

Losses HrStage::accumulate(const Batch &batch, double weight) {
  use_mode(*model_, !options_.keep_norms);
  const Frames shown = frames(batch);
  LossList list;
  const torch::Tensor generated = generate(shown.input);
  (weight * generator_loss(shown, generated, list)).backward();
  if (discriminator_) {
    (weight * discriminator_loss(shown.target, generated, list)).backward();
  }
  return list.read();
}

Losses HrStage::validate(const Batch &batch) {
  const torch::NoGradGuard no_grad;
  use_mode(*model_, false);
  const Frames shown = frames(batch);
  LossList list;
  const torch::Tensor generated = generate(shown.input);
  generator_loss(shown, generated, list);
  if (discriminator_) discriminator_loss(shown.target, generated, list);
  return list.read();
}

cv::Mat HrStage::collage(const Batch &batch, int rows) {
  const torch::NoGradGuard no_grad;
  use_mode(*model_, false);
  const auto middle = [&](const char *name) {
    const torch::Tensor clips = batch_tensor(batch, name, options_.device);
    return clips.slice(0, 0, std::max(rows, 1)).select(2, clips.size(2) / 2);
  };
  const torch::Tensor base = middle("base"), sketch = middle("sketch"), target = middle("target");
  return picture_table({enlarge(base, target), enlarge(sketch, target),
                        generate(torch::cat({base, sketch}, 1)), target});
}

}  // namespace hyperlips::training
