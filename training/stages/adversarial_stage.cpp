// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/adversarial_stage.hpp"

#include <torch/utils.h>

#include "training/stages/autocast.hpp"
#include "training/stages/freeze.hpp"

namespace hyperlips::training {

AdversarialStage::AdversarialStage(const AdversarialStageOptions &options)
    : device_(options.device),
      bf16_(options.bf16),
      keep_norms_(options.keep_norms),
      generator_{"model", {}, {}, options.learning_rate, options.betas, {}},
      discriminator_{"disc", {}, {}, options.discriminator_learning_rate, options.betas, {}} {
  torch::manual_seed(options.seed);
}

void AdversarialStage::prepare_generator(std::string architecture,
                                         std::shared_ptr<torch::nn::Module> generator,
                                         const StageOptions &options) {
  prepare(*generator, options.start, device_);
  freeze(*generator, options.frozen);
  rate_groups(*generator, options.part_rates);  // reports an unknown part before data is read
  generator_.rates = options.part_rates;
  generator_.architecture = std::move(architecture);
  generator_.network = std::move(generator);
}

void AdversarialStage::prepare_discriminator(std::string architecture,
                                             std::shared_ptr<torch::nn::Module> discriminator,
                                             const StageOptions &options) {
  prepare(*discriminator, options.discriminator_start, device_);
  discriminator_.architecture = std::move(architecture);
  discriminator_.network = std::move(discriminator);
}

std::vector<Trained> AdversarialStage::trained() {
  std::vector<Trained> networks{generator_};
  if (has_discriminator()) networks.push_back(discriminator_);
  return networks;
}

void AdversarialStage::use_training_mode(bool training) {
  use_mode(*generator_.network, training && !keep_norms_);
}

torch::Tensor AdversarialStage::discriminate(const torch::Tensor &pictures) {
  const Autocast autocast(device_.type(), bf16_);
  return discriminate_(pictures);
}

Losses AdversarialStage::accumulate(const Batch &batch, double weight) {
  use_training_mode(true);
  const Batch arranged = arrange(batch);
  LossList list;
  const torch::Tensor generated = generate(arranged);
  (weight * generator_loss(arranged, generated, true, list)).backward();
  if (has_discriminator()) {
    const torch::Tensor target = batch_tensor(arranged, "target", device_);
    (weight * discriminator_loss(target, generated.detach(), list)).backward();
  }
  return list.read();
}

Losses AdversarialStage::validate(const Batch &batch) {
  const torch::NoGradGuard no_grad;
  use_training_mode(false);
  const Batch arranged = arrange(batch);
  LossList list;
  const torch::Tensor generated = generate(arranged);
  generator_loss(arranged, generated, false, list);
  if (has_discriminator())
    discriminator_loss(batch_tensor(arranged, "target", device_), generated, list);
  return list.read();
}

}  // namespace hyperlips::training
