// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/graph/networks.hpp"

#include <algorithm>

#include "hyperlips/error.hpp"
#include "hyperlips/graph/rows.hpp"

namespace hyperlips {
namespace {

constexpr std::int64_t kInputRows = 128;

/// Of a picture of any size: the row of its output at `first_row` of 128.
Graph from_row(const Graph &graph, int first_row) {
  const Shape &picture = graph.nodes.at(graph.outputs.at(0).node).shape;
  return only_rows(graph, first_row * picture[1] / kInputRows);
}

}  // namespace

Graph make_graph(const TensorFile &file, const std::string &architecture,
                 const GraphOptions &options) {
  if (architecture == "HyperLipsBase")
    return from_row(make_base_graph(file, options.pixels), options.first_row);
  if (architecture.starts_with("HRDecoder x"))
    return from_row(make_hr_graph(file, options.pixels), options.first_row);
  if (architecture == "SyncNet_color") return make_sync_net_graph(file);
  throw Error(ErrorKind::Settings, "Network " + architecture +
                                       " is for training only; expected a checkpoint of "
                                       "HyperLipsBase, HRDecoder or SyncNet_color.");
}

}  // namespace hyperlips
