// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/distributed/backends.hpp"

#include "hyperlips/error.hpp"
#include "training/distributed/nccl_config.h"

#if HYPERLIPS_NCCL
#define USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#else
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>
#endif

namespace hyperlips::training {

c10::intrusive_ptr<c10d::Backend> make_nccl_backend(c10::intrusive_ptr<c10d::Store> store, int rank,
                                                    int size, std::chrono::milliseconds timeout) {
#if HYPERLIPS_NCCL
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(std::move(store), rank, size,
                                                     std::move(options));
#else
  throw Error(ErrorKind::Device,
              "Training on several GPUs needs NCCL, but this program was built without it; run "
              "\"./hyperlips setup --cuda\" and rebuild, or train on one GPU.");
#endif
}

}  // namespace hyperlips::training
