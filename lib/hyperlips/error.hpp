// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace hyperlips {

/// What went wrong, so that a caller can map it to its own error domain.
enum class ErrorKind {
  NotFound,  ///< a file or device that was asked for is not there
  Settings,  ///< options that contradict each other or lie outside their range
  Format,    ///< a file whose content is damaged or of another kind
  Device,    ///< the inference runtime or its device cannot be used
  Memory,    ///< the device or the host has no memory left
  Failed,    ///< anything else that stopped this one operation
};

/// The one exception type of the library. The message is a full sentence that names the file,
/// tensor or option at fault and, where there is one, the way out.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string &message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace hyperlips
