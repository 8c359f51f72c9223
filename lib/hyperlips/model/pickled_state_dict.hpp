// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

#include "hyperlips/model/pickled_tensors.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// Fills the tensors and metadata of `file` from the pickled object of a checkpoint: a state dict,
/// or a dictionary that contains one as "state_dict". Returns the tensor names in file order.
/// Throws Error{Format}.
std::vector<std::string> read_state_dict(PickledTensors &tensors, TensorFile &file);

}  // namespace hyperlips
