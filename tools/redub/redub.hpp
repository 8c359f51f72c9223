// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <stdexcept>

#include "options.hpp"

namespace hyperlips::redub {

/// Exit statuses.
inline constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2, kInterrupted = 130;

/// Options that are missing or contradict each other.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Re-dubs VIDEO to SPEECH and writes OUT and the report. Setting `cancelled` ends the output after
/// the current frame; the file is complete up to there. Returns the exit status. Throws Error and
/// UsageError.
int redub(const Options &options, std::atomic<bool> &cancelled);

}  // namespace hyperlips::redub
