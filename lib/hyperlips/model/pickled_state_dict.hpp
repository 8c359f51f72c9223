// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "hyperlips/model/pickled_tensors.hpp"
#include "hyperlips/model/pth_training.hpp"

namespace hyperlips {

/// Fills the tensors and metadata of `file` from the pickled object of a checkpoint: a state dict,
/// or a dictionary that contains one as "state_dict". Returns the tensor names in file order.
/// Throws Error{Format}.
std::vector<std::string> read_state_dict(PickledTensors &tensors, TensorFile &file);

/// Fills all but `network` (which read_state_dict gave, with `order`) from the same object: the
/// optimizer and the counters beside the state dict.
void read_optimizer(PickledTensors &tensors, PthTraining &checkpoint);

}  // namespace hyperlips
