// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>

#include <openvino/core/model.hpp>

#include "hyperlips/graph/graph.hpp"

namespace hyperlips {

/// Translates a graph to OpenVINO operators, for batches of 1 to `most_samples`. Inputs and outputs
/// are in the order of the graph; pixels come as bytes (B, H, W, C) and go as float32 (B, H, W, C)
/// in 0 ... 1.
std::shared_ptr<ov::Model> make_openvino_model(const Graph &graph, int most_samples);

}  // namespace hyperlips
