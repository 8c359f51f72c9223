// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include <ATen/core/Tensor.h>

namespace hyperlips::training {

/// The 2-norm of all gradients together, read in one pass; parameters without one are passed over.
/// Infinite or NaN when a gradient has such a value (or the norm leaves float32's range): the step
/// is then to be skipped.
double gradient_norm(std::span<const at::Tensor> parameters);

/// Scales the gradients so that their norm, given by gradient_norm(), is at most `limit` (> 0), as
/// torch.nn.utils.clip_grad_norm_ does. A norm that is not finite changes nothing.
void clip_gradients(std::span<const at::Tensor> parameters, double norm, double limit);

}  // namespace hyperlips::training
