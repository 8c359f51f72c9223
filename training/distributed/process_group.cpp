// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/distributed/process_group.hpp"

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <ATen/ops/zeros.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>

#include "hyperlips/error.hpp"
#include "training/distributed/backends.hpp"
#include "training/distributed/heartbeat.hpp"

namespace hyperlips::training {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A rank killed while connecting must be reported within 30 s.
constexpr auto kConnectTimeout = 25s;
constexpr int kStoreTimeoutSeconds = 20;

/// The message of a c10d or gloo exception, without source position, stack and advice.
std::string reason(const std::exception &error) {
  std::string text = error.what();
  text = text.substr(0, text.find('\n'));
  text = text.substr(0, text.find(" This is typically"));
  const std::size_t position = text.starts_with('[') ? text.find("] ") : std::string::npos;
  return position == std::string::npos ? text : text.substr(position + 2);
}

c10::intrusive_ptr<c10d::Store> connect_store(const Launch &launch,
                                              std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = launch.master_port;
  options.isServer = launch.rank == 0 && !launch.launcher_keeps_store;
  options.waitWorkers = false;
  options.timeout = timeout;
  try {
    return c10::make_intrusive<c10d::TCPStore>(launch.master_address, options);
  } catch (const std::exception &error) {
    throw Error(ErrorKind::Settings,
                std::string(options.isServer ? "Rank 0 cannot listen on " : "Cannot connect to ") +
                    launch.master_address + ":" + std::to_string(launch.master_port) +
                    ", the rendezvous of this run (MASTER_ADDR, MASTER_PORT): " + reason(error));
  }
}

/// Waits until all ranks have connected, so that the error can name those that have not.
void wait_for_ranks(c10d::Store &store, const Launch &launch, std::chrono::milliseconds timeout) {
  std::vector<std::string> keys;
  for (int rank = 0; rank < launch.size; ++rank) keys.push_back("here/" + std::to_string(rank));
  store.set(keys[launch.rank], "yes");
  try {
    store.wait(keys, timeout);
  } catch (const std::exception &error) {
    std::string missing;
    try {
      for (int rank = 0; rank < launch.size; ++rank) {
        if (!store.check({keys[rank]}))
          missing += (missing.empty() ? "" : ", ") + std::to_string(rank);
      }
    } catch (const std::exception &) {
      missing.clear();
    }
    if (missing.empty()) {
      throw Error(ErrorKind::Failed, "The rendezvous of this run's " + std::to_string(launch.size) +
                                         " ranks failed: " + reason(error));
    }
    throw Error(
        ErrorKind::Failed,
        "Of this run's " + std::to_string(launch.size) + " ranks, rank " + missing +
            " did not connect within " +
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(timeout).count()) +
            " seconds. Check its log, and that " + std::to_string(launch.size) +
            " processes were started.");
  }
}

}  // namespace

struct ProcessGroup::Impl {
  Launch launch;
  Options options;
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::Backend> gloo, nccl;
  std::unique_ptr<Heartbeat> heartbeat;
  std::atomic<bool> lost{false};
  // Calls that gloo's threads have not finished; shared, as these may outlive the group.
  std::shared_ptr<std::atomic<int>> pending_calls = std::make_shared<std::atomic<int>>(0);

  c10d::Backend &backend(const at::Tensor &tensor) const {
    if (tensor.is_cpu()) return *gloo;
    if (nccl) return *nccl;
    throw Error(ErrorKind::Device, "A tensor on a GPU cannot be sent to other ranks without NCCL.");
  }

  [[noreturn]] void fail(const std::string &reason) {
    lost = true;
    throw Error(ErrorKind::Failed,
                "Rank " + std::to_string(launch.rank) + " of " + std::to_string(launch.size) +
                    " stops, because another rank is lost or does not respond. " + reason +
                    " The run can be resumed from its last checkpoint.");
  }

  void check() {
    const std::string verdict = heartbeat->verdict();
    if (!verdict.empty()) fail(verdict);
  }

  /// The exception of a closed connection does not tell the cause; the last heartbeat of the other
  /// rank may.
  [[noreturn]] void fail_after(const std::exception &error) {
    const auto give_up = Clock::now() + 2500ms;
    while (heartbeat->verdict().empty() && Clock::now() < give_up)
      std::this_thread::sleep_for(50ms);
    check();
    fail(reason(error));
  }

  void leave() {
    const bool regularly = std::uncaught_exceptions() == 0 && !lost && *pending_calls == 0 &&
                           heartbeat->verdict().empty();
    if (regularly && launch.rank == 0) {
      // This process hosts the store, which the heartbeats of the other ranks still need.
      heartbeat->wait_until_alone(options.silence);
    }
    heartbeat->leave(regularly);
    if (!regularly) {
      // Their destructors would wait for pending calls, which may never end.
      gloo.release();
      nccl.release();
    }
  }
};

struct ProcessGroup::Pending::State {
  struct End {
    std::mutex mutex;
    std::condition_variable changed;
    bool reached = false;
  };

  std::shared_ptr<Impl> group;
  at::Tensor tensor;
  c10::intrusive_ptr<c10d::Work> work;
  std::shared_ptr<End> end = std::make_shared<End>();

  template <typename Start>
  State(std::shared_ptr<Impl> its_group, const at::Tensor &its_tensor, Start start)
      : group(std::move(its_group)), tensor(its_tensor) {
    if (!tensor.is_contiguous()) {
      throw Error(ErrorKind::Failed,
                  "A tensor that is not contiguous cannot be sent to other ranks.");
    }
    group->check();
    c10d::Backend &backend = group->backend(tensor);
    std::vector<at::Tensor> tensors{tensor};
    try {
      work = start(backend, tensors);
    } catch (const std::exception &error) {
      group->fail_after(error);
    }
    if (!tensor.is_cpu()) return;
    ++*group->pending_calls;
    work->getFuture()->addCallback(
        [end = end, pending_calls = group->pending_calls](c10::ivalue::Future &) {
          --*pending_calls;
          const std::lock_guard lock(end->mutex);
          end->reached = true;
          end->changed.notify_all();
        });
  }

  /// Returns when the call is done; throws Error if another rank or the store does not respond.
  void wait_on_host() {
    long rounds = -1;
    int silent = 0;
    for (std::unique_lock lock(end->mutex);
         !end->changed.wait_for(lock, 1s, [this] { return end->reached; });) {
      group->check();
      // Counts rounds, not time: this process may itself have been frozen.
      silent = std::exchange(rounds, group->heartbeat->rounds()) == rounds ? silent + 1 : 0;
      if (silent > kStoreTimeoutSeconds) group->fail("The rendezvous store does not respond.");
    }
  }

  void wait() {
    if (tensor.is_cpu()) wait_on_host();
    try {
      work->wait();
    } catch (const std::exception &error) {
      group->fail_after(error);
    }
  }
};

void ProcessGroup::Pending::wait() {
  if (state_) state_->wait();
}

ProcessGroup::ProcessGroup(Launch launch) : ProcessGroup(std::move(launch), Options()) {}

ProcessGroup::ProcessGroup(Launch launch, Options options) : launch_(std::move(launch)) {
  if (size() == 1) return;
  impl_ = std::make_shared<Impl>();
  impl_->launch = launch_;
  impl_->options = options;
  const auto tcp = connect_store(launch_, options.timeout);
  const std::string prefix = "hyperlips/" + launch_.run_id + "/" + std::to_string(launch_.restarts);
  impl_->store = c10::make_intrusive<c10d::PrefixStore>(prefix, tcp);

  Heartbeat::Options heartbeat{.silence = options.silence, .lost = {}};
  if (options.use_gpu) {
    heartbeat.lost = [rank = rank()](const std::string &verdict) {
      std::this_thread::sleep_for(5s);  // for the main thread to report it, if it can
      std::fprintf(stderr, "Rank %d stops: %s\n", rank, verdict.c_str());
      std::_Exit(EXIT_FAILURE);
    };
  }
  impl_->heartbeat = std::make_unique<Heartbeat>(
      c10::make_intrusive<c10d::PrefixStore>(prefix, tcp->clone()), rank(), size(), heartbeat);
  wait_for_ranks(*impl_->store, launch_, options.timeout);
  impl_->heartbeat->watch();
  try {
    impl_->gloo = make_gloo_backend(impl_->store, rank(), size(), launch_.local_size == size(),
                                    kConnectTimeout, options.timeout);
    if (options.use_gpu) {
      impl_->nccl = make_nccl_backend(c10::make_intrusive<c10d::PrefixStore>("nccl", impl_->store),
                                      rank(), size(), options.timeout);
    }
  } catch (const Error &) {
    throw;
  } catch (const std::exception &error) {
    impl_->fail_after(error);
  }
}

ProcessGroup::~ProcessGroup() {
  if (impl_) impl_->leave();
}

void ProcessGroup::all_reduce(at::Tensor &tensor) { all_reduce_async(tensor).wait(); }

ProcessGroup::Pending ProcessGroup::all_reduce_async(const at::Tensor &tensor) {
  Pending pending;
  if (!impl_) return pending;
  pending.state_ = std::make_shared<Pending::State>(
      impl_, tensor, [&](c10d::Backend &backend, std::vector<at::Tensor> &tensors) {
        c10d::AllreduceOptions options;
        options.timeout = impl_->options.timeout;
        return backend.allreduce(tensors, options);
      });
  return pending;
}

void ProcessGroup::broadcast(at::Tensor &tensor, int root) {
  if (!impl_) return;
  Pending::State state(impl_, tensor,
                       [&](c10d::Backend &backend, std::vector<at::Tensor> &tensors) {
                         c10d::BroadcastOptions options;
                         options.rootRank = root;
                         options.timeout = impl_->options.timeout;
                         return backend.broadcast(tensors, options);
                       });
  state.wait();
}

void ProcessGroup::barrier() {
  at::Tensor token = at::zeros({1});
  all_reduce(token);
}

void ProcessGroup::check() const {
  if (impl_) impl_->check();
}

}  // namespace hyperlips::training
