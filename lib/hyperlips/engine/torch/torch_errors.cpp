// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/torch/torch_errors.hpp"

#include <c10/util/Exception.h>

#include <new>

#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

[[noreturn]] void throw_error(const std::string &doing, const std::string &reason) {
  // The host's allocator and oneDNN have no exception type of their own for this.
  const bool memory = reason.find("not enough memory") != std::string::npos ||
                      reason.find("out of memory") != std::string::npos ||
                      reason.find("can't allocate memory") != std::string::npos;
  if (memory) {
    throw Error(ErrorKind::Memory,
                doing + " failed: not enough memory; use a smaller batch. " + reason);
  }
  throw Error(ErrorKind::Failed, doing + " failed: " + reason);
}

}  // namespace

void rethrow_as_error(const std::string &doing) {
  try {
    throw;
  } catch (const Error &) {
    throw;
  } catch (const c10::OutOfMemoryError &error) {
    throw_error(doing, "out of memory: " + std::string(error.what_without_backtrace()));
  } catch (const c10::Error &error) {
    throw_error(doing, error.what_without_backtrace());
  } catch (const std::bad_alloc &) {
    throw_error(doing, "out of memory");
  } catch (const std::exception &error) {
    throw_error(doing, error.what());
  } catch (...) {
    throw_error(doing, "unknown error");
  }
}

}  // namespace hyperlips
