// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "training/stages/stage_parts.hpp"

namespace hyperlips::training {

struct AdversarialStageOptions : StageOptions {
  double learning_rate = 1e-4;
  double discriminator_learning_rate = 5e-4;
  std::pair<double, double> betas{0.5, 0.999};  ///< of both Adams; the default is the published one
};

/// A generator trained against true pictures and, optionally, a discriminator. A derived class
/// creates the networks in its constructor and defines what is generated and the losses.
class AdversarialStage : public Stage {
 public:
  /// "model" and, if there is a discriminator, "disc".
  std::vector<Trained> trained() override;
  Losses accumulate(const Batch &batch, double weight) override;
  Losses validate(const Batch &batch) override;
  std::vector<std::string> notes() const override { return notes_; }

 protected:
  /// Sets the random seed of the initial weights.
  explicit AdversarialStage(const AdversarialStageOptions &options);

  /// Load the start weights of `options`, if any, and move the network to the device. `generator`
  /// and `discriminator` hold modules that map inputs to pictures and pictures to scores.
  template <typename Holder>
  void set_generator(std::string architecture, Holder generator, const StageOptions &options) {
    prepare_generator(std::move(architecture), generator.ptr(), options);
  }
  template <typename Holder>
  void set_discriminator(std::string architecture, Holder discriminator,
                         const StageOptions &options) {
    prepare_discriminator(std::move(architecture), discriminator.ptr(), options);
    discriminate_ = [discriminator](const torch::Tensor &pictures) mutable {
      return discriminator->forward(pictures);
    };
  }

  /// The batch in the form that the functions below take; "target" holds the true pictures.
  virtual Batch arrange(const Batch &batch) const { return batch; }
  virtual torch::Tensor generate(const Batch &batch) = 0;
  /// Adds the terms and "total" to `list` and returns the total. training: with gradients.
  virtual torch::Tensor generator_loss(const Batch &batch, const torch::Tensor &generated,
                                       bool training, LossList &list) = 0;
  /// Adds its terms to `list` and returns their sum. `generated` has no gradient.
  virtual torch::Tensor discriminator_loss(const torch::Tensor &target,
                                           const torch::Tensor &generated, LossList &list) = 0;

  bool has_discriminator() const { return discriminator_.network != nullptr; }
  torch::nn::Module &discriminator() { return *discriminator_.network; }
  /// The scores that the discriminator gives to pictures.
  torch::Tensor discriminate(const torch::Tensor &pictures);

  void use_training_mode(bool training);
  void add_note(std::string note) { notes_.push_back(std::move(note)); }
  const torch::Device &device() const { return device_; }
  bool bf16() const { return bf16_; }

 private:
  void prepare_generator(std::string architecture, std::shared_ptr<torch::nn::Module> generator,
                         const StageOptions &options);
  void prepare_discriminator(std::string architecture,
                             std::shared_ptr<torch::nn::Module> discriminator,
                             const StageOptions &options);

  torch::Device device_;
  bool bf16_, keep_norms_;
  Trained generator_, discriminator_;  ///< discriminator_.network is null without one
  std::function<torch::Tensor(const torch::Tensor &)> discriminate_;
  std::vector<std::string> notes_;
};

}  // namespace hyperlips::training
