// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/signals.hpp"

#include <atomic>
#include <stdexcept>

namespace hyperlips::training {
namespace {

// A signal handler may only use lock-free variables.
std::atomic<int> stop_signal = 0;
std::atomic<bool> stop_requested = false, interrupted = false, save_requested = false,
                  in_use = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void handle(int signal) {
  if (signal == SIGUSR1) {
    save_requested = true;
    return;
  }
  if (signal == SIGINT && interrupted.exchange(true)) {
    // Delivered when this handler returns: the process ends by a signal, which the shell reports.
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);
    return;
  }
  stop_requested = true;
  int none = 0;
  stop_signal.compare_exchange_strong(none, signal);
}

}  // namespace

StopSignals::StopSignals() {
  if (in_use.exchange(true)) throw std::logic_error("two StopSignals at the same time");
  stop_signal = 0;
  stop_requested = interrupted = save_requested = false;
  struct sigaction action {};
  action.sa_handler = handle;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &old_[i]);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &old_[i], nullptr);
  in_use = false;
}

int StopSignals::stop() const { return stop_signal; }

const std::atomic<bool> &StopSignals::stopping() const { return stop_requested; }

bool StopSignals::take_save_request() { return save_requested.exchange(false); }

}  // namespace hyperlips::training
