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

namespace hyperlips {

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
  TensorFile network;              ///< as read_pth gives it
  std::vector<std::string> order;  ///< its tensors' names in the state dict's order
  std::int64_t global_step = 0, global_epoch = 0;
  std::optional<AdamOptions> adam;             ///< nothing where the optimizer was not saved
  std::map<std::string, AdamMoments> moments;  ///< by parameter; empty before the first step
};

/// Whether a state dict's entry is a parameter, not a buffer of batch norm: running_mean,
/// running_var, num_batches_tracked.
bool is_parameter(std::string_view name);

/// read_pth that also keeps the optimizer: a torch.optim.Adam over all parameters, whose state goes
/// by their place in the state dict. Nothing of the file is run. Errors as for read_pth, and
/// Error{Format} for an optimizer of another kind or over other parameters.
PthTraining read_pth_training(const std::filesystem::path &path);

/// Writes torch.save's zip layout, for torch.load(..., weights_only=True): pickle of protocol 2,
/// tensors stored at multiples of 64 bytes, zip64 where needed. `network` gives the tensors (its
/// path, format and metadata are not used); each must be in `order`. Temporary name, sync and
/// rename. Throws Error{NotFound} for a missing folder and Error{Failed} when the disk is full or
/// names, moments and `order` do not match.
void write_pth_training(const std::filesystem::path &path, const PthTraining &checkpoint);

}  // namespace hyperlips
