// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>

#include <ATen/core/Tensor.h>

namespace hyperlips::training {

/// The 2-norm of all gradients together; parameters without a gradient are skipped. Infinite or NaN
/// if a gradient has such a value or the norm exceeds the range of float32; the step should then be
/// skipped.
double gradient_norm(std::span<const at::Tensor> parameters);

/// Scales the gradients, whose norm is that of gradient_norm(), to a norm of at most `limit` (> 0),
/// as torch.nn.utils.clip_grad_norm_ does. Changes nothing if the norm is not finite.
void clip_gradients(std::span<const at::Tensor> parameters, double norm, double limit);

}  // namespace hyperlips::training
