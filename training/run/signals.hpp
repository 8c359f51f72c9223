// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <atomic>
#include <csignal>

namespace hyperlips::training {

/// Notes the signals by which a run is asked to save: SIGINT and SIGTERM (save and end), SIGUSR1
/// (save and go on; Slurm can send it before a time limit). A second SIGINT ends the process at
/// once. The old handlers come back with the object's end. One object at a time.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals &) = delete;
  StopSignals &operator=(const StopSignals &) = delete;

  /// SIGINT or SIGTERM, whichever came first; 0 for none. From any thread.
  int stop() const;

  /// The same as a flag that becomes true, for work that asks often.
  const std::atomic<bool> &stopping() const;

  /// Whether SIGUSR1 came since the last call.
  bool take_save_request();

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGUSR1};
  std::array<struct sigaction, signals.size()> old_{};
};

}  // namespace hyperlips::training
