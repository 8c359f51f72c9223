// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hyperlips/model/tensor_file.hpp"
#include "training/stages/stage.hpp"

namespace hyperlips::training {

/// What all stages have in common.
struct StageOptions {
  torch::Device device{torch::kCPU};
  bool bf16 = false;       ///< networks run under autocast, see Autocast
  std::uint64_t seed = 0;  ///< of the initial weights
  /// Weights to start from, instead of random ones.
  std::optional<TensorFile> start, discriminator_start;
  std::vector<std::string> frozen;  ///< parts of the main network, see freeze()
  /// The main network's norms use and keep the statistics that they came with, instead of those of
  /// each batch: for fine-tuning that is too short to gather new ones.
  bool keep_norms = false;
};

/// Of a generator against a discriminator.
struct AdversarialStageOptions : StageOptions {
  double learning_rate = 1e-4;
  double discriminator_learning_rate = 5e-4;
  std::pair<double, double> betas{0.5, 0.999};  ///< of Adam; the default is the published one
};

/// A tensor of a batch on a device. Throws Error{Settings} that names it when the batch lacks it.
torch::Tensor batch_tensor(const Batch &batch, const std::string &name,
                           const torch::Device &device);

/// Throws Error{Settings} that names the first loss whose weight is negative or no number, or says
/// that all are 0.
void check_weights(const std::vector<std::pair<std::string, double>> &weights);

/// Loads `start` (if any) and moves the network to its device.
void prepare(torch::nn::Module &network, const std::optional<TensorFile> &start,
             const torch::Device &device);

/// "model" and, where there is one, "disc", with the options' rates and betas.
std::vector<Trained> generator_and_discriminator(const AdversarialStageOptions &options,
                                                 std::string generator_architecture,
                                                 std::shared_ptr<torch::nn::Module> generator,
                                                 std::string discriminator_architecture,
                                                 std::shared_ptr<torch::nn::Module> discriminator);

/// Scalars by name, read from the device in one go.
class LossList {
 public:
  void add(std::string name, const torch::Tensor &value);
  Losses read() const;

 private:
  std::vector<std::string> names_;
  std::vector<torch::Tensor> values_;
};

/// Rows of square pictures side by side as CV_8UC3 BGR: each tensor (N, 3, S, S), 0 ... 1, gives a
/// column of N; all of the same N and S.
cv::Mat picture_table(const std::vector<torch::Tensor> &columns);

}  // namespace hyperlips::training
