// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/allocator_settings.hpp"

#include <limits>

#include <malloc.h>

namespace hyperlips::training {

void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

}  // namespace hyperlips::training
