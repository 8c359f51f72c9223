// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/graph/graph.hpp"
#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips {

/// Which graph of a network to make.
struct GraphOptions {
  int first_row = 0;    ///< as NetworkOptions::first_row
  bool pixels = false;  ///< as NetworkOptions::pixels
};

/// The graph of a checkpoint whose architecture is known (registry.hpp). This is the table of all
/// networks for inference. Throws Error{Settings} for a network for training only.
Graph make_graph(const TensorFile &file, const std::string &architecture,
                 const GraphOptions &options);

/// The graphs of the networks, whole. Shapes are those of NetworkInfo.
Graph make_base_graph(const TensorFile &file, bool pixels);
Graph make_hr_graph(const TensorFile &file, bool pixels);
Graph make_sync_net_graph(const TensorFile &file);

}  // namespace hyperlips
