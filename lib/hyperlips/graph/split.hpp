// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/graph/graph.hpp"

namespace hyperlips {

/// A graph in two parts, for backends that compute a graph in one precision.
struct SplitGraph {
  /// The precise nodes. Its outputs are named "0", "1", ...; empty if there are none.
  Graph precise;
  /// The other nodes. Behind the inputs that it keeps come inputs for the outputs of `precise`, of
  /// the same names and in the same order.
  Graph rest;
};

/// Divides a graph into its precise nodes and those that depend on them. `graph` has at least one
/// node that is not precise.
SplitGraph split_precise(const Graph &graph);

}  // namespace hyperlips
