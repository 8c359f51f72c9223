// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/base_stage.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "hyperlips/error.hpp"
#include "hyperlips/nn/discriminators.hpp"
#include "hyperlips/nn/full_precision.hpp"
#include "training/data/mouth_box.hpp"
#include "training/losses/adversarial.hpp"
#include "training/losses/picture_loss.hpp"
#include "training/stages/autocast.hpp"
#include "training/stages/freeze.hpp"
#include "training/sync/sync_loss.hpp"

namespace hyperlips::training {
namespace {

/// Rows above the middle that have the weight of the lower half, so that no edge appears there.
constexpr std::int64_t kSeam = 4;

/// (B, C, T, H, W) to (B T, C, H, W), clip by clip.
torch::Tensor pictures(const torch::Tensor &clips) { return clips.transpose(1, 2).flatten(0, 1); }

std::vector<PictureBox> mouth_boxes(const Batch &batch, const torch::Tensor &faces) {
  const std::int64_t height = faces.size(3), width = faces.size(4);
  const auto lips = batch.find("lips");
  if (lips != batch.end()) return picture_boxes(lips->second.flatten(0, 1), height, width);
  const auto count = static_cast<std::size_t>(faces.size(0) * faces.size(2));
  const auto [row0, row1, col0, col1] = kMiddleOfLowerHalf;
  return std::vector<PictureBox>(
      count, {std::int64_t(row0), std::int64_t(row1), std::int64_t(col0), std::int64_t(col1)});
}

}  // namespace

BaseStage::BaseStage(const BaseStageOptions &options)
    : AdversarialStage(options),
      losses_(options.losses),
      model_(HyperLipsBase()),
      sync_gate_(options.sync_gate),
      gate_open_(std::isinf(options.sync_gate)) {
  check_weights({{"sync", losses_.sync},
                 {"adversarial", losses_.adversarial},
                 {"l1", losses_.l1},
                 {"gradient", losses_.gradient},
                 {"mouth", losses_.mouth}});
  if (!(losses_.upper_half >= 0) || !std::isfinite(losses_.upper_half))
    throw Error(ErrorKind::Settings, "The weight of the upper half must be 0 or more.");
  set_generator("HyperLipsBase", model_, options);
  if (losses_.adversarial > 0)
    set_discriminator("HyperCtrolDiscriminator", BaseDiscriminator(), options);
  if (losses_.sync > 0 && options.sync_expert)
    sync_expert_.emplace(*options.sync_expert, options.device, options.sync_batch_statistics);
  if (sync_expert_ && !gate_open_) {
    char gate[32];
    std::snprintf(gate, sizeof gate, "%g", sync_gate_);
    add_note("The sync loss is off until it is below " + std::string(gate) +
             " in a validation (--sync-gate).");
  }
  if (losses_.sync > 0 && !options.sync_expert) {
    add_note(
        "No sync expert is given (--sync-expert): the sync loss is off, so the lips are not "
        "trained to match the speech in time.");
  }
}

torch::Tensor BaseStage::generate(const Batch &batch) {
  const torch::Tensor mels = batch_tensor(batch, "mels", device());
  const torch::Tensor face = batch_tensor(batch, "face", device());
  const Autocast autocast(device().type(), bf16());
  return full_precision(model_->forward(mels, face));
}

torch::Tensor BaseStage::generator_loss(const Batch &batch, const torch::Tensor &generated,
                                        bool training, LossList &list) {
  const torch::Tensor target = batch_tensor(batch, "target", device());
  LossSum sum(list, generated);
  if (sync_expert_ && (gate_open_ || !training)) {
    const torch::Tensor mel = batch_tensor(batch, "mel", device());
    torch::Tensor similarity;
    {
      const Autocast autocast(device().type(), bf16());
      similarity = sync_expert_->similarity(mel, generated, training);
    }
    sum.add("sync", gate_open_ ? losses_.sync : 0,
            sync_loss(similarity, torch::ones_like(similarity)));
  }
  if (has_discriminator()) {
    const GradientPause pause(discriminator());
    sum.add("adversarial", losses_.adversarial, real_loss(discriminate(generated)));
  }
  torch::Tensor row_weights = torch::ones({target.size(3), 1}, target.options());
  row_weights.slice(0, 0, target.size(3) / 2 - kSeam).fill_(losses_.upper_half);
  const torch::Tensor weighted = generated * row_weights, truth = target * row_weights;
  if (losses_.l1 > 0) sum.add("l1", losses_.l1, torch::l1_loss(weighted, truth));
  if (losses_.gradient > 0) sum.add("gradient", losses_.gradient, gradient_l1(weighted, truth));
  // Also the measure of the best checkpoint, whatever its weight.
  if (losses_.mouth > 0 || !training) {
    sum.add("mouth", losses_.mouth,
            boxes_l1(pictures(generated), pictures(target), mouth_boxes(batch, target)));
  }
  return sum.total();
}

torch::Tensor BaseStage::discriminator_loss(const torch::Tensor &target,
                                            const torch::Tensor &generated, LossList &list) {
  // Both in one pass: the discriminator has no norm that would mix them.
  const torch::Tensor scores =
      discriminate(torch::cat({target, generated})).view({target.size(2), 2, target.size(0)});
  const torch::Tensor real = real_loss(scores.select(1, 0));
  const torch::Tensor fake = fake_loss(scores.select(1, 1));
  list.add("real", real);
  list.add("fake", fake);
  return real + fake;
}

void BaseStage::validated(const Losses &means) {
  for (const auto &[name, mean] : means) gate_open_ |= name == "sync" && mean < sync_gate_;
}

nlohmann::json BaseStage::state() const { return {{"sync_gate_open", gate_open_}}; }

void BaseStage::restore(const nlohmann::json &state) {
  gate_open_ |= state.value("sync_gate_open", false);
}

cv::Mat BaseStage::sample_grid(const Batch &batch, int rows) {
  const torch::NoGradGuard no_grad;
  use_training_mode(false);
  Batch shown;
  for (const char *name : {"mels", "face", "target"})
    shown[name] = batch_tensor(batch, name, device()).slice(0, 0, std::max(rows, 1));
  const torch::Tensor &face = shown["face"];
  const std::int64_t middle = face.size(2) / 2;
  return picture_table({face.slice(1, 3, 6).select(2, middle),
                        face.slice(1, 0, 3).select(2, middle), generate(shown).select(2, middle),
                        shown["target"].select(2, middle)});
}

}  // namespace hyperlips::training
