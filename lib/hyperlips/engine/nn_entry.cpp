// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/nn_entry.hpp"

#include "hyperlips/engine/shared_networks.hpp"
#include "hyperlips/error.hpp"

extern "C" __attribute__((visibility("default"))) void hyperlips_nn_open(
    int version, const hyperlips::NetworkOptions &options,
    std::shared_ptr<hyperlips::Network> &network) {
  using namespace hyperlips;
  if (version != kNnEntryVersion) {
    throw Error(ErrorKind::Device, "libhyperlips-nn has interface version " +
                                       std::to_string(kNnEntryVersion) +
                                       "; libhyperlips expected " + std::to_string(version) +
                                       ". Install both from the same build.");
  }
  network = open_shared_network(options);
}
