// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>

namespace hyperlips::test {

/// Measures the memory that operator new gave out and operator delete did not get back, from the
/// construction on; with AddressSanitizer also that of malloc(). One object at a time. A program
/// that links this replaces the operators.
class MemoryInUse {
 public:
  MemoryInUse();

  /// The most that was in use at any moment since the construction, in bytes.
  std::size_t peak() const;

 private:
  std::size_t before_;
};

}  // namespace hyperlips::test
