// SPDX-License-Identifier: LGPL-2.1-or-later
// LibTorch contains gloo but its packages come without gloo's headers, which ProcessGroupGloo.hpp
// includes. These files declare the types that it names, no more: only LibTorch's own compiled code
// makes or looks into such objects.
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds timeout);
};

}  // namespace gloo
