// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/graph/graph.hpp"

namespace hyperlips {

/// Appends an operator on earlier nodes, with the shape of its result, and returns its index. Not
/// for InputNode, which has no inputs to tell the shape from. Throws std::logic_error if the inputs
/// do not fit the operator.
int append(Graph &graph, Operator op, std::vector<int> inputs, bool precise);

}  // namespace hyperlips
