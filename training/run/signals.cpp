// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/signals.hpp"

#include <atomic>
#include <stdexcept>

namespace hyperlips::training {
namespace {

// What a handler touches must be static and lock-free.
std::atomic<int> stop_signal = 0;
std::atomic<bool> stop_requested = false, interrupted = false, save_requested = false,
                  in_use = false;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void note(int signal) {
  if (signal == SIGUSR1) {
    save_requested = true;
    return;
  }
  if (signal == SIGINT && interrupted.exchange(true)) {
    // Delivered when this handler returns: the shell sees a process that a signal ended.
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
  if (in_use.exchange(true)) throw std::logic_error("two StopSignals at a time");
  stop_signal = 0;
  stop_requested = interrupted = save_requested = false;
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &action, &old_[i]);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &old_[i], nullptr);
  in_use = false;
}

int StopSignals::stop() const { return stop_signal; }

const std::atomic<bool> &StopSignals::stopping() const { return stop_requested; }

bool StopSignals::take_save_request() { return save_requested.exchange(false); }

}  // namespace hyperlips::training
