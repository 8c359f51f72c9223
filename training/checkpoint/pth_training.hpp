// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::training {

/// Settings of torch.optim.Adam, the same for all parameters.
struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool operator==(const AdamOptions &) const = default;
};

/// Adam's state of one parameter; both tensors have the parameter's shape.
struct AdamMoments {
  std::int64_t step = 0;
  FileTensor exp_avg, exp_avg_sq;
};

/// A checkpoint as the published training scripts save it: {state_dict, optimizer, global_step,
/// global_epoch}.
struct PthTraining {
  TensorFile network;              ///< as read_pth() gives it
  std::vector<std::string> order;  ///< its tensor names in the order of the state dict
  std::int64_t global_step = 0, global_epoch = 0;
  std::optional<AdamOptions> adam;             ///< none if the optimizer was not saved
  std::map<std::string, AdamMoments> moments;  ///< by parameter; empty before the first step
};

/// Whether an entry of a state dict is a parameter, not a buffer of a batch norm: running_mean,
/// running_var, num_batches_tracked.
bool is_parameter(std::string_view name);

/// read_pth() that also reads the optimizer: a torch.optim.Adam over all parameters, whose state is
/// indexed by their position in the state dict. Pickled code is never executed. Errors as for
/// read_pth(), and Error{Format} for another optimizer or one over other parameters.
PthTraining read_pth_training(const std::filesystem::path &path);

/// Writes what PyTorch's torch.save() writes for the same dictionary, readable with
/// torch.load(..., weights_only=True): a zip file of a pickle of protocol 2 and the tensors, each
/// aligned to 64 bytes. Only the tensors of `network` are used; `order` must list each once. The
/// file appears under its name when it is complete. Throws Error{NotFound} for a missing folder and
/// Error{Failed} when the disk is full or names, moments and `order` do not match.
void write_pth_training(const std::filesystem::path &path, const PthTraining &checkpoint);

}  // namespace hyperlips::training
