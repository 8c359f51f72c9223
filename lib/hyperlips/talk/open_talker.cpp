// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/error.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "hyperlips/talk/network_talker.hpp"
#include "hyperlips/talk/own_mouths_talker.hpp"

namespace hyperlips {

std::unique_ptr<Talker> open_talker(const TalkerOptions &options) {
  if (is_bank_file(options.network.model))
    return std::make_unique<OwnMouthsTalker>(read_bank(options.network.model),
                                             options.network.model);
  const Conventions conventions = conventions_of(read_checkpoint(options.network.model));
  cv::Mat reference;
  if (!options.reference_image.empty())
    reference = load_reference(options.reference_image, conventions.crop);
  NetworkOptions network = options.network;
  network.pixels = true;
  return std::make_unique<NetworkTalker>(open_network(network), conventions, std::move(reference));
}

}  // namespace hyperlips
