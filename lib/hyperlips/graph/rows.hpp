// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "hyperlips/graph/graph.hpp"

namespace hyperlips {

/// The graph of the rows from `first` on of the only output of `graph`, a picture: rows above are
/// cut off where that saves time, with the margin that makes the result equal to those rows of the
/// whole picture. `graph` has no RowsNodes. Its inputs stay whole.
Graph only_rows(const Graph &graph, std::int64_t first);

}  // namespace hyperlips
