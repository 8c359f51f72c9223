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

/// Tells through the rendezvous store that this process lives, and watches that the others do: a
/// closed connection shows a killed process at once, only this shows a frozen or unplugged one.
class Heartbeat {
 public:
  struct Options {
    std::chrono::milliseconds interval{1000};
    std::chrono::milliseconds silence{20000};  ///< after which a process counts as gone
    /// Called once, on the heartbeat's own thread, with the verdict.
    std::function<void(const std::string &)> lost;
  };

  /// Says this process's first word; the first call of watch() must come after every process's.
  Heartbeat(c10::intrusive_ptr<c10d::Store> store, int rank, int size, Options options);
  ~Heartbeat();  ///< leave(false), unless it has been called

  void watch();

  /// Tells the others that this process leaves, in good order or with an error.
  void leave(bool in_order);

  /// A sentence about who is gone, empty while nobody is.
  std::string verdict() const;

  /// Waits until every other process has left in good order; false when that does not happen.
  bool wait_until_alone(std::chrono::milliseconds limit);

  /// How often the store has been asked; a number that stands still means that it does not answer.
  long rounds() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with the thread, which a silent store may hold for long
};

}  // namespace hyperlips::training
