// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>

#include <c10/util/intrusive_ptr.h>

namespace c10d {
class Backend;
class Store;
}  // namespace c10d

namespace hyperlips::training {

/// LibTorch's gloo backend, for tensors in host memory. It binds the interface GLOO_SOCKET_IFNAME
/// if set, loopback if all processes are on one machine, else the interface of the host name.
/// `connect_timeout` limits the time to connect all ranks, `timeout` that of each operation.
c10::intrusive_ptr<c10d::Backend> make_gloo_backend(c10::intrusive_ptr<c10d::Store> store, int rank,
                                                    int size, bool one_machine,
                                                    std::chrono::milliseconds connect_timeout,
                                                    std::chrono::milliseconds timeout);

/// LibTorch's NCCL backend, for tensors on the current CUDA device. Throws Error{Device} if this
/// program was built without NCCL.
c10::intrusive_ptr<c10d::Backend> make_nccl_backend(c10::intrusive_ptr<c10d::Store> store, int rank,
                                                    int size, std::chrono::milliseconds timeout);

}  // namespace hyperlips::training
