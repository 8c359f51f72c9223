// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include <torch/nn/module.h>

namespace hyperlips::training {

/// The learning rate of a part of a network, given by the name of a module as for freeze().
struct PartRate {
  std::string part;
  double factor = 1;  ///< times the network's learning rate, 0 or more
};

/// Parameters with one learning rate.
struct RateGroup {
  double factor = 1;
  std::vector<torch::Tensor> parameters;
};

/// All parameters of a network by their learning rate, those of factor 1 first if there are any.
/// Of several parts that contain a parameter, the last one counts. Throws Error{Settings} for an
/// unknown part and a factor that is negative or not a number.
std::vector<RateGroup> rate_groups(const torch::nn::Module &network,
                                   const std::vector<PartRate> &rates);

/// Whether a parameter or module is the part or inside it.
bool belongs_to(const std::string &name, const std::string &part);

/// Throws Error{Settings} with the known parts if no parameter of the network belongs to `part`.
void check_part(const torch::nn::Module &network, const std::string &part);

}  // namespace hyperlips::training
