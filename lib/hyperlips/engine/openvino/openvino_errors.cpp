// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/openvino/openvino_errors.hpp"

#include <new>

#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

/// OpenVINO and oneDNN have no exception type of their own for this.
bool is_about_memory(const std::string &reason) {
  for (const char *sign : {"bad_alloc", "out of memory", "out_of_memory", "could not allocate",
                           "failed to allocate", "Failed to allocate", "not enough memory",
                           "could not create a memory", "could not execute a primitive"})
    if (reason.find(sign) != std::string::npos) return true;
  return false;
}

/// OpenVINO's messages begin with lines about its own source files.
std::string last_line(const std::string &reason) {
  const std::size_t end = reason.find_last_not_of(" \n");
  if (end == std::string::npos) return "unknown error";
  const std::size_t start = reason.rfind('\n', end);
  return reason.substr(start == std::string::npos ? 0 : start + 1, end - start);
}

[[noreturn]] void throw_error(const std::string &doing, const std::string &reason) {
  if (is_about_memory(reason))
    throw Error(ErrorKind::Memory,
                doing + " failed: not enough memory; use a smaller batch. " + last_line(reason));
  throw Error(ErrorKind::Failed, doing + " failed: " + last_line(reason));
}

}  // namespace

void rethrow_openvino_error(const std::string &doing) {
  try {
    throw;
  } catch (const Error &) {
    throw;
  } catch (const std::bad_alloc &) {
    throw_error(doing, "out of memory");
  } catch (const std::exception &error) {
    throw_error(doing, error.what());
  } catch (...) {
    throw_error(doing, "unknown error");
  }
}

}  // namespace hyperlips
