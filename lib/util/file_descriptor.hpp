// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <unistd.h>

namespace hyperlips {

/// Owns a POSIX file descriptor.
class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~FileDescriptor() { close(); }
  FileDescriptor(const FileDescriptor &) = delete;
  FileDescriptor &operator=(const FileDescriptor &) = delete;

  int get() const { return descriptor_; }
  bool valid() const { return descriptor_ >= 0; }

  /// Returns false, with errno set, if the system reports a deferred write error.
  bool close() {
    if (!valid()) return true;
    const int result = ::close(descriptor_);
    descriptor_ = -1;
    return result == 0;
  }

 private:
  int descriptor_;
};

}  // namespace hyperlips
