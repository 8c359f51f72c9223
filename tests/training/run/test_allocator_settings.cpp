// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/allocator_settings.hpp"

#include <cstdlib>
#include <memory>

#include <malloc.h>

#include <gtest/gtest.h>

namespace hyperlips::training {
namespace {

#ifdef __GLIBC__
/// What the system has lent to this process for a large block, and what stays when it is freed.
struct Lent {
  std::size_t during, after;
};

Lent lent_for_a_large_block() {
  const auto lent = [] { return mallinfo2().hblkhd + mallinfo2().arena; };
  const std::size_t before = lent();
  std::unique_ptr<void, decltype(&std::free)> block(std::malloc(200 << 20), &std::free);
  const std::size_t during = lent();
  block.reset();
  return {during - before, lent() - before};
}

TEST(KeepFreedMemory, LargeBlocksStayMapped) {
  const Lent usual = lent_for_a_large_block();
  if (usual.during == 0) GTEST_SKIP() << "another allocator is in use";
  EXPECT_EQ(usual.after, 0u);
  keep_freed_memory();
  const Lent kept = lent_for_a_large_block();
  EXPECT_GE(kept.after, 200u << 20);
  EXPECT_EQ(lent_for_a_large_block().during, 0u);
}
#endif

}  // namespace
}  // namespace hyperlips::training
