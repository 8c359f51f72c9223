// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/openvino/openvino_errors.hpp"

#include "hyperlips/engine/backend_errors.hpp"

namespace hyperlips {
namespace {

/// OpenVINO's messages begin with lines about its own source files.
std::string last_line(const std::string &reason) {
  const std::size_t end = reason.find_last_not_of(" \n");
  if (end == std::string::npos) return "unknown error";
  const std::size_t start = reason.rfind('\n', end);
  return reason.substr(start == std::string::npos ? 0 : start + 1, end - start);
}

/// OpenVINO and oneDNN have no exception type of their own for memory that ran out.
Failure describe(const std::exception &error) {
  const std::string reason = error.what();
  return {last_line(reason),
          contains_any(reason, {"bad_alloc", "out of memory", "out_of_memory", "could not allocate",
                                "failed to allocate", "Failed to allocate", "not enough memory",
                                "could not create a memory", "could not execute a primitive"})};
}

}  // namespace

void rethrow_openvino_error(const std::string &doing) { rethrow_failure(doing, describe); }

}  // namespace hyperlips
