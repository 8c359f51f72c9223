// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/backend_errors.hpp"

#include <algorithm>
#include <new>

#include "hyperlips/error.hpp"

namespace hyperlips {

void rethrow_failure(const std::string &doing, Failure (*describe)(const std::exception &)) {
  Failure failure{"unknown error"};
  try {
    throw;
  } catch (const Error &) {
    throw;
  } catch (const std::bad_alloc &) {
    failure = {"out of memory", true};
  } catch (const std::exception &error) {
    failure = describe(error);
  } catch (...) {
  }
  if (failure.memory)
    throw Error(ErrorKind::Memory,
                doing + " failed: not enough memory; use a smaller batch. " + failure.reason);
  throw Error(ErrorKind::Failed, doing + " failed: " + failure.reason);
}

bool contains_any(const std::string &text, std::initializer_list<const char *> parts) {
  return std::ranges::any_of(
      parts, [&](const char *part) { return text.find(part) != std::string::npos; });
}

}  // namespace hyperlips
