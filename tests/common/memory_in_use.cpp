// SPDX-License-Identifier: LGPL-2.1-or-later
#include "common/memory_in_use.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HYPERLIPS_TEST_ASAN 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define HYPERLIPS_TEST_ASAN 1
#endif

#if HYPERLIPS_TEST_ASAN
// From <sanitizer/allocator_interface.h>, which GCC 12 of Debian does not install.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, std::size_t),
                                              void (*on_free)(const volatile void *));
std::size_t __sanitizer_get_allocated_size(const volatile void *memory);
}
#endif

namespace {

std::atomic<std::size_t> in_use{0}, most{0};

void count(std::size_t size) {
  const std::size_t now = in_use += size;
  std::size_t known = most;
  while (known < now && !most.compare_exchange_weak(known, now)) {
  }
}

#if HYPERLIPS_TEST_ASAN

// AddressSanitizer has its own operators, and tells what they do.
void on_malloc(const volatile void *, std::size_t size) { count(size); }
void on_free(const volatile void *memory) {
  if (memory != nullptr) in_use -= __sanitizer_get_allocated_size(memory);
}
[[maybe_unused]] const int installed =
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);

}  // namespace

#else

void *allocate(std::size_t size) {
  void *memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) throw std::bad_alloc();
  count(malloc_usable_size(memory));
  return memory;
}

void release(void *memory) noexcept {
  if (memory != nullptr) in_use -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void *operator new(std::size_t size) { return allocate(size); }
void *operator new[](std::size_t size) { return allocate(size); }
void operator delete(void *memory) noexcept { release(memory); }
void operator delete[](void *memory) noexcept { release(memory); }
void operator delete(void *memory, std::size_t) noexcept { release(memory); }
void operator delete[](void *memory, std::size_t) noexcept { release(memory); }

#endif

namespace hyperlips::test {

MemoryInUse::MemoryInUse() : before_(in_use) { most = before_; }

std::size_t MemoryInUse::peak() const { return most - before_; }

}  // namespace hyperlips::test
