// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hyperlips/model/tensor_file.hpp"
#include "training/stages/stage.hpp"

namespace hyperlips::training {

/// The options that all stages share.
struct StageOptions {
  torch::Device device{torch::kCPU};
  bool bf16 = false;       ///< networks run under autocast, see Autocast
  std::uint64_t seed = 0;  ///< of the initial weights
  /// Weights to start from, instead of random ones.
  std::optional<TensorFile> start, discriminator_start;
  std::vector<std::string> frozen;   ///< parts of the main network, see freeze()
  std::vector<PartRate> part_rates;  ///< of the main network, see rate_groups()
  /// The norms of the main network keep and use the statistics of its start weights instead of
  /// those of each batch: for fine-tuning that is too short to gather new ones.
  bool keep_norms = false;
};

/// A tensor of a batch on a device. Throws Error{Settings} that names it when the batch lacks it.
torch::Tensor batch_tensor(const Batch &batch, const std::string &name,
                           const torch::Device &device);

/// Throws Error{Settings} if a loss weight is negative or not a number, or if all are 0.
void check_weights(const std::vector<std::pair<std::string, double>> &weights);

/// Loads `start` (if any) and moves the network to its device.
void prepare(torch::nn::Module &network, const std::optional<TensorFile> &start,
             const torch::Device &device);

/// Scalars by name, read from the device in one transfer.
class LossList {
 public:
  void add(std::string name, const torch::Tensor &value);
  Losses read() const;

 private:
  std::vector<std::string> names_;
  std::vector<torch::Tensor> values_;
};

/// A weighted sum of losses, each of which is also added to a list.
class LossSum {
 public:
  /// The sum has the type and device of `like`.
  LossSum(LossList &list, const torch::Tensor &like)
      : list_(list), total_(torch::zeros({}, like.options())) {}

  void add(std::string name, double weight, const torch::Tensor &loss) {
    list_.add(std::move(name), loss);
    total_ = total_ + weight * loss;
  }
  /// Adds "total" to the list.
  torch::Tensor total() {
    list_.add("total", total_);
    return total_;
  }

 private:
  LossList &list_;
  torch::Tensor total_;
};

/// Rows of square pictures side by side as CV_8UC3 BGR: each tensor (N, 3, S, S), 0 ... 1, gives a
/// column of N; all of the same N and S.
cv::Mat picture_table(const std::vector<torch::Tensor> &columns);

}  // namespace hyperlips::training
