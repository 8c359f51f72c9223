// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <atomic>
#include <csignal>

namespace hyperlips::training {

/// Receives the signals that request a checkpoint: SIGINT and SIGTERM (save and end), SIGUSR1 (save
/// and continue; Slurm can send it before a time limit). A second SIGINT ends the process at once.
/// The destructor restores the previous handlers. One object at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals &) = delete;
  StopSignals &operator=(const StopSignals &) = delete;

  /// SIGINT or SIGTERM, whichever came first; 0 if none. Thread-safe.
  int stop() const;

  /// Whether stop() is not 0, as a flag for code that polls often.
  const std::atomic<bool> &stopping() const;

  /// Whether SIGUSR1 came since the last call.
  bool take_save_request();

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGUSR1};
  std::array<struct sigaction, kSignals.size()> old_{};
};

}  // namespace hyperlips::training
