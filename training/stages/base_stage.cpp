// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/base_stage.hpp"

#include <algorithm>
#include <cmath>

#include <torch/utils.h>

#include "hyperlips/error.hpp"
#include "hyperlips/nn/full_precision.hpp"
#include "training/losses/adversarial.hpp"
#include "training/losses/picture_loss.hpp"
#include "training/stages/autocast.hpp"
#include "training/stages/freeze.hpp"
#include "training/sync/sync_loss.hpp"

namespace hyperlips::training {
namespace {

/// Rows above the middle that count as the lower half does, so that no step is seen there.
constexpr std::int64_t kSeam = 4;

/// (B, C, T, H, W) to (B T, C, H, W), clip by clip.
torch::Tensor pictures(const torch::Tensor &clips) { return clips.transpose(1, 2).flatten(0, 1); }

std::vector<PictureBox> mouth_boxes(const Batch &batch, const torch::Tensor &faces) {
  const std::int64_t height = faces.size(3), width = faces.size(4);
  const auto lips = batch.find("lips");
  if (lips != batch.end()) return picture_boxes(lips->second.flatten(0, 1), height, width);
  const auto count = static_cast<std::size_t>(faces.size(0) * faces.size(2));
  return std::vector<PictureBox>(count, {height / 2, height, width / 4, width - width / 4});
}

}  // namespace

BaseStage::BaseStage(const BaseStageOptions &options) : options_(options) {
  const BaseLosses &weights = options_.losses;
  check_weights({{"sync", weights.sync},
                 {"adversarial", weights.adversarial},
                 {"l1", weights.l1},
                 {"gradient", weights.gradient},
                 {"mouth", weights.mouth}});
  if (!(weights.upper_half >= 0) || !std::isfinite(weights.upper_half))
    throw Error(ErrorKind::Settings, "The upper half must count 0 or more.");
  torch::manual_seed(options_.seed);
  model_ = HyperLipsBase();
  prepare(*model_, options_.start, options_.device);
  freeze(*model_, options_.frozen);
  if (weights.adversarial > 0) {
    discriminator_ = BaseDiscriminator();
    prepare(*discriminator_, options_.discriminator_start, options_.device);
  }
  if (weights.sync > 0) {
    if (options_.sync_expert) {
      sync_expert_.emplace(*options_.sync_expert, options_.device, options_.sync_batch_statistics);
    } else {
      notes_.emplace_back(
          "No sync expert is given: the sync term is off, and nothing checks that the lips move "
          "with the sound.");
    }
  }
  // The networks have their own copies by now.
  options_.start = options_.discriminator_start = options_.sync_expert = std::nullopt;
}

std::vector<Trained> BaseStage::trained() {
  return generator_and_discriminator(options_, "HyperLipsBase", model_.ptr(),
                                     "HyperCtrolDiscriminator",
                                     discriminator_ ? discriminator_.ptr() : nullptr);
}

torch::Tensor BaseStage::generate(const Batch &batch) {
  const torch::Tensor mels = batch_tensor(batch, "mels", options_.device);
  const torch::Tensor face = batch_tensor(batch, "face", options_.device);
  const Autocast autocast(options_.device.type(), options_.bf16);
  return full_precision(model_->forward(mels, face));
}

torch::Tensor BaseStage::judge(const torch::Tensor &faces) {
  const Autocast autocast(options_.device.type(), options_.bf16);
  return discriminator_->forward(faces);
}

torch::Tensor BaseStage::generator_loss(const Batch &batch, const torch::Tensor &generated,
                                        bool training, LossList &list) {
  const BaseLosses &weights = options_.losses;
  const torch::Tensor target = batch_tensor(batch, "target", options_.device);
  torch::Tensor total = torch::zeros({}, generated.options());
  const auto add = [&](const char *name, double weight, const torch::Tensor &loss) {
    list.add(name, loss);
    total = total + weight * loss;
  };
  if (sync_expert_) {
    const torch::Tensor mel = batch_tensor(batch, "mel", options_.device);
    torch::Tensor similarity;
    {
      const Autocast autocast(options_.device.type(), options_.bf16);
      similarity = sync_expert_->similarity(mel, generated, training);
    }
    add("sync", weights.sync, sync_loss(similarity, torch::ones_like(similarity)));
  }
  if (discriminator_) {
    const GradientPause pause(*discriminator_);
    add("adversarial", weights.adversarial, judged_real_loss(judge(generated)));
  }
  // Rows by how much they count.
  torch::Tensor rows = torch::ones({target.size(3), 1}, target.options());
  rows.slice(0, 0, target.size(3) / 2 - kSeam).fill_(weights.upper_half);
  const torch::Tensor counted = generated * rows, truth = target * rows;
  if (weights.l1 > 0) add("l1", weights.l1, torch::l1_loss(counted, truth));
  if (weights.gradient > 0) add("gradient", weights.gradient, gradient_l1(counted, truth));
  if (weights.mouth > 0) {
    add("mouth", weights.mouth,
        boxes_l1(pictures(generated), pictures(target), mouth_boxes(batch, target)));
  }
  list.add("total", total);
  return total;
}

torch::Tensor BaseStage::discriminator_loss(const torch::Tensor &target,
                                            const torch::Tensor &generated, LossList &list) {
  // Both in one pass: the discriminator has no norm that would mix them.
  const torch::Tensor judged =
      judge(torch::cat({target, generated.detach()})).view({target.size(2), 2, target.size(0)});
  const torch::Tensor real = judged_real_loss(judged.select(1, 0));
  const torch::Tensor fake = judged_fake_loss(judged.select(1, 1));
  list.add("real", real);
  list.add("fake", fake);
  return real + fake;
}

Losses BaseStage::accumulate(const Batch &batch, double weight) {
  use_mode(*model_, !options_.keep_norms);
  LossList list;
  const torch::Tensor generated = generate(batch);
  (weight * generator_loss(batch, generated, true, list)).backward();
  if (discriminator_) {
    const torch::Tensor target = batch_tensor(batch, "target", options_.device);
    (weight * discriminator_loss(target, generated, list)).backward();
  }
  return list.read();
}

Losses BaseStage::validate(const Batch &batch) {
  const torch::NoGradGuard no_grad;
  use_mode(*model_, false);
  LossList list;
  const torch::Tensor generated = generate(batch);
  generator_loss(batch, generated, false, list);
  if (discriminator_) {
    discriminator_loss(batch_tensor(batch, "target", options_.device), generated, list);
  }
  return list.read();
}

cv::Mat BaseStage::collage(const Batch &batch, int rows) {
  const torch::NoGradGuard no_grad;
  use_mode(*model_, false);
  Batch shown;
  for (const char *name : {"mels", "face", "target"}) {
    const torch::Tensor tensor = batch_tensor(batch, name, options_.device);
    shown[name] = tensor.slice(0, 0, std::max(rows, 1));
  }
  const torch::Tensor &face = shown["face"];
  const std::int64_t middle = face.size(2) / 2;
  return picture_table({face.slice(1, 3, 6).select(2, middle),
                        face.slice(1, 0, 3).select(2, middle), generate(shown).select(2, middle),
                        shown["target"].select(2, middle)});
}

}  // namespace hyperlips::training
