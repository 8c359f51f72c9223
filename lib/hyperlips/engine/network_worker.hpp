// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "hyperlips/engine/backend_libraries.hpp"

namespace hyperlips {

/// Computes the requests of all callers of a network on the inference thread of its device. Those
/// that wait become one batch, live streams apart from files. Thread-safe; held by shared_ptr.
class NetworkWorker : public std::enable_shared_from_this<NetworkWorker> {
 public:
  using MakeBackend = std::function<std::unique_ptr<Backend>()>;

  /// `info`: complete. `make` is called again after a backend has failed, for example because
  /// memory ran out, which leaves it in an unknown state.
  NetworkWorker(const NetworkInfo &info, std::unique_ptr<Backend> backend, MakeBackend make);

  /// As Network::submit(), with sizes already checked.
  std::future<void> submit(int batch, NetworkInputs inputs, NetworkOutputs outputs, DueTime due);

 private:
  struct Request {
    int batch = 0;
    std::vector<std::span<const std::byte>> inputs;
    std::vector<std::span<std::byte>> outputs;
    DueTime due = kNotDue;
    std::promise<void> done;
  };
  using Requests = std::vector<Request>;

  void serve(bool live);
  Requests take(bool live);
  void compute(Requests &requests);
  void compute(int batch, NetworkInputs inputs, NetworkOutputs outputs);
  void compute_together(const Requests &requests);

  const NetworkInfo info_;
  const MakeBackend make_;
  const int most_samples_;
  std::shared_ptr<Backend> backend_;  ///< used on the inference thread only; null after a failure
  std::mutex mutex_;
  Requests waiting_;
};

}  // namespace hyperlips
