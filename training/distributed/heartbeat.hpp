// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <c10/util/intrusive_ptr.h>

namespace c10d {
class Store;
}

namespace hyperlips::training {

/// Signals through the rendezvous store that this process is alive, and watches the others: a
/// closed connection reveals a killed process at once, only a heartbeat reveals a frozen or
/// disconnected one.
class Heartbeat {
 public:
  struct Options {
    std::chrono::milliseconds interval{1000};
    std::chrono::milliseconds silence{20000};  ///< after which a process counts as lost
    /// Called once, on the thread of the heartbeat, with the verdict.
    std::function<void(const std::string &)> lost;
  };

  /// Writes the first heartbeat. watch() must not be called before all processes have done so.
  Heartbeat(c10::intrusive_ptr<c10d::Store> store, int rank, int size, Options options);
  ~Heartbeat();  ///< leave(false), unless it has been called

  void watch();

  /// Tells the others that this process leaves, regularly or with an error.
  void leave(bool regularly);

  /// A sentence about the lost rank; empty if there is none.
  std::string verdict() const;

  /// Waits until all other processes have left regularly; false if they have not after `limit`.
  bool wait_until_alone(std::chrono::milliseconds limit);

  /// Number of requests the store has answered; if it stays the same, the store does not answer.
  long rounds() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread, which an unresponsive store may block
};

}  // namespace hyperlips::training
