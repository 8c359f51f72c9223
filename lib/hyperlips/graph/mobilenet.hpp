// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>

#include "hyperlips/graph/builder.hpp"

namespace hyperlips {

/// MobileNetV3Encoder (nn/mobilenet_v3.hpp) on a node of shape (C, H, W). Returns the nodes of its
/// four features: 16, 24, 40 and 960 channels at 1/2, 1/4, 1/8 and 1/16 of the size, rounded up.
/// The features up to 1/8 are precise, and the others if the builder is set to that: trained
/// encoders are so sensitive to their weights and input that bf16 there alone changes pixels of the
/// result by 15 of 255.
std::array<int, 4> add_mobilenet(GraphBuilder &builder, int x, const std::string &name,
                                 bool all_precise);

/// LrAspp (nn/lr_aspp.hpp) on a node of 960 channels.
int add_lr_aspp(GraphBuilder &builder, int x, const std::string &name);

}  // namespace hyperlips
