// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/torch/torch_errors.hpp"

#include <c10/util/Exception.h>

#include "hyperlips/engine/backend_errors.hpp"

namespace hyperlips {
namespace {

Failure describe(const std::exception &error) {
  const auto *of_torch = dynamic_cast<const c10::Error *>(&error);
  const std::string reason = of_torch ? of_torch->what_without_backtrace() : error.what();
  if (dynamic_cast<const c10::OutOfMemoryError *>(&error))
    return {"out of memory: " + reason, true};
  // The host's allocator and oneDNN have no exception type of their own for this.
  return {reason,
          contains_any(reason, {"not enough memory", "out of memory", "can't allocate memory"})};
}

}  // namespace

void rethrow_torch_error(const std::string &doing) { rethrow_failure(doing, describe); }

}  // namespace hyperlips
