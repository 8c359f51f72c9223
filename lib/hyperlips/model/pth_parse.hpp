// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "hyperlips/model/pickled_tensors.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "util/byte_source.hpp"

namespace hyperlips {

/// Called after the state dict of a .pth was read, to read further tensors of the unpickled object:
/// `network` holds the state dict, `order` its tensor names in the order of the file.
using InspectPth = std::function<void(PickledTensors &tensors, const TensorFile &network,
                                      const std::vector<std::string> &order)>;

/// read_pth() for any source. `path` is for messages.
TensorFile parse_pth(const ByteSource &file, const std::filesystem::path &path,
                     const InspectPth &inspect = {});

/// read_pth() that calls `inspect`. Throws what read_pth() and `inspect` throw.
TensorFile read_pth(const std::filesystem::path &path, const InspectPth &inspect);

/// Whether a file whose first bytes are `start` looks like a .pth: a zip member, an empty zip
/// archive or a pickle. A safetensors file may start with the same bytes.
bool looks_like_pth(std::span<const std::byte> start);

}  // namespace hyperlips
