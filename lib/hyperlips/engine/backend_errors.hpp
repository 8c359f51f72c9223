// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <exception>
#include <initializer_list>
#include <string>

namespace hyperlips {

/// What an exception of a runtime means.
struct Failure {
  std::string reason;
  bool memory = false;  ///< memory ran out
};

/// Rethrows the current exception of a catch-all handler as Error "DOING failed: ...": an Error
/// unchanged, out of memory as Error{Memory}, all others as Error{Failed}. `doing` is, for example,
/// "Running network 'a.safetensors'". `describe`: for exceptions that are not std::bad_alloc.
[[noreturn]] void rethrow_failure(const std::string &doing,
                                  Failure (*describe)(const std::exception &error));

/// Whether a text contains one of the others.
bool contains_any(const std::string &text, std::initializer_list<const char *> parts);

}  // namespace hyperlips
