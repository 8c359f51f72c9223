// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/torch/short_spinning.hpp"

#include <ATen/Context.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

namespace hyperlips {
namespace {

/// What GCC calls for "omp parallel", in the OpenMP that LibTorch uses: wheels bring their own.
using ParallelRegion = void(void (*work)(void *), void *data, unsigned threads, unsigned flags);

ParallelRegion *find_parallel_region() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void *>(&at::globalContext), &info) == 0) return nullptr;
  void *torch = dlopen(info.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  return torch ? reinterpret_cast<ParallelRegion *>(dlsym(torch, "GOMP_parallel")) : nullptr;
}

void sleep_forever(void *) {
  while (true) pause();
}

}  // namespace

void shorten_spinning(int team_size) {
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  ParallelRegion *const parallel_region = find_parallel_region();
  if (parallel_region == nullptr) return;
  // Of each team all threads but the first count, and one for the whole program.
  const int cpus = static_cast<int>(std::thread::hardware_concurrency());
  const int threads = std::max(cpus - team_size, 0) + 2;
  std::thread([parallel_region, threads] {
    pthread_setname_np(pthread_self(), kSpareThreadName);  // the others inherit it
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    parallel_region(sleep_forever, nullptr, static_cast<unsigned>(threads), 0);
  }).detach();
}

}  // namespace hyperlips
