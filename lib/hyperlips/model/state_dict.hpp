// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "hyperlips/model/pickled_tensors.hpp"
#include "hyperlips/model/pth_training.hpp"

namespace hyperlips {

/// Fills `file`'s tensors and metadata from a checkpoint's unpickled object: a state dict, or a
/// dictionary with one under "state_dict". Gives the tensors' names in the file's order.
std::vector<std::string> read_state_dict(PickledTensors &tensors, TensorFile &file);

/// Fills all but `network` (which read_state_dict gave, with `order`) from the same object: the
/// optimizer and the counters beside the state dict.
void read_optimizer(PickledTensors &tensors, PthTraining &checkpoint);

}  // namespace hyperlips
