// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace hyperlips {

/// Category of an Error, for mapping to the caller's own error domain.
enum class ErrorKind {
  NotFound,  ///< a requested file or device does not exist
  Settings,  ///< an option or argument is out of range or conflicts with another
  Format,    ///< a file is damaged or of an unexpected type
  Device,    ///< the inference runtime or its device cannot be used
  Memory,    ///< the device or the host is out of memory
  Failed,    ///< any other failure of the operation
};

/// The only exception type thrown by the library. what() is a full sentence that names the file,
/// tensor or option at fault, what was expected and found, and how to fix it.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string &message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace hyperlips
