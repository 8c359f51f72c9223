// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>

#include <openvino/openvino.hpp>

#include "hyperlips/engine/backend.hpp"

namespace hyperlips {

/// Opens an ONNX file with one input, for computing in fp32 on the calling thread. Thread-safe.
/// Throws Error{NotFound} if there is no such file and Error{Format} if OpenVINO cannot read it.
std::unique_ptr<OnnxModel> open_openvino_onnx(ov::Core &core, const std::filesystem::path &file);

}  // namespace hyperlips
