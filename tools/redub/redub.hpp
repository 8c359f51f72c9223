// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>

#include "options.hpp"

namespace hyperlips::redub {

inline constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2, kEndedEarly = 130;

/// A command line that cannot be meant.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The whole run. `cancelled` ends the output early but well. Gives the exit status; throws Error
/// and UsageError.
int redub(const Options &options, std::atomic<bool> &cancelled);

}  // namespace hyperlips::redub
