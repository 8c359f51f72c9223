// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/network_shapes.hpp"

#include "hyperlips/error.hpp"

namespace hyperlips {

NetworkShapes network_shapes(const std::string &architecture) {
  const TensorInfo mel{"mel", {1, 80, 16}};
  if (architecture == "HyperLipsBase") {
    return {{mel, {"face", {6, 128, 128}}}, {{"output", {3, 128, 128}}}};
  }
  if (architecture == "SyncNet_color") {
    return {{mel, {"faces", {15, 64, 128}}},
            {{"audio_embedding", {512}}, {"face_embedding", {512}}}};
  }
  for (const std::int64_t scale : {1, 2, 4}) {
    if (architecture == "HRDecoder x" + std::to_string(scale)) {
      return {{{"input", {6, 128, 128}}}, {{"output", {3, 128 * scale, 128 * scale}}}};
    }
  }
  throw Error(ErrorKind::Settings, "Network " + architecture +
                                       " is for training only; expected a checkpoint of "
                                       "HyperLipsBase, HRDecoder or SyncNet_color.");
}

}  // namespace hyperlips
