// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/distributed/backends.hpp"

// LibTorch declares its gloo backend only where this is defined; the types of gloo that it names
// are declared in gloo_types/.
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>

#include <cstdlib>

namespace hyperlips::training {

c10::intrusive_ptr<c10d::Backend> make_gloo_backend(c10::intrusive_ptr<c10d::Store> store, int rank,
                                                    int size, bool one_machine,
                                                    std::chrono::milliseconds connect_timeout,
                                                    std::chrono::milliseconds timeout) {
  using Gloo = c10d::ProcessGroupGloo;
  auto options = Gloo::Options::create(connect_timeout);
  const char *interface = std::getenv("GLOO_SOCKET_IFNAME");
  if (interface != nullptr && *interface != '\0') {
    options->devices.push_back(Gloo::createDeviceForInterface(interface));
  } else if (one_machine) {
    options->devices.push_back(Gloo::createDeviceForHostname("127.0.0.1"));
  } else {
    options->devices.push_back(Gloo::createDefaultDevice());
  }
  c10::intrusive_ptr<c10d::Backend> backend =
      c10::make_intrusive<Gloo>(store, rank, size, std::move(options));
  backend->setTimeout(timeout);
  return backend;
}

}  // namespace hyperlips::training
