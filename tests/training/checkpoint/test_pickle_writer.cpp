// SPDX-License-Identifier: LGPL-2.1-or-later
// Each expected text is that of CPython's pickle.dumps(OBJECT, 2).hex().
#include "training/checkpoint/pickle_writer.hpp"

#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace hyperlips::training {
namespace {

std::string hex(PickleWriter &pickle) {
  std::string text;
  for (const std::byte byte : pickle.finish()) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(byte));
    text += digits;
  }
  return text;
}

// [0, 255, 256, 65535, 65536, -1, 2**31, -2**31-1, 2**40, -2**63, 0.5, None, True, False]
TEST(PickleWriter, Scalars) {
  PickleWriter pickle;
  pickle.list(14, [&] {
    for (const std::int64_t value :
         {std::int64_t{0}, std::int64_t{255}, std::int64_t{256}, std::int64_t{65535},
          std::int64_t{65536}, std::int64_t{-1}, std::int64_t{1} << 31,
          -(std::int64_t{1} << 31) - 1, std::int64_t{1} << 40,
          std::numeric_limits<std::int64_t>::min()}) {
      pickle.integer(value);
    }
    pickle.real(0.5);
    pickle.none();
    pickle.boolean(true);
    pickle.boolean(false);
  });
  EXPECT_EQ(
      hex(pickle),
      "80025d7100284b004bff4d00014dffff4a000001004affffffff8a0500000080008a05ffffff7fff8a06000000"
      "0000018a080000000000000080473fe00000000000004e8889652e");
}

// {'a': ('a', 'b'), 'c': [('a',)], 'd': {}, 'e': [], 'f': (1, 2, 3, 4), 'g': ()}
TEST(PickleWriter, ContainersAndRepeatedTexts) {
  PickleWriter pickle;
  pickle.dict(6, [&] {
    pickle.text("a");
    pickle.tuple(2, [&] {
      pickle.text("a");
      pickle.text("b");
    });
    pickle.text("c");
    pickle.list(1, [&] { pickle.tuple(1, [&] { pickle.text("a"); }); });
    pickle.text("d");
    pickle.dict(0, [] {});
    pickle.text("e");
    pickle.list(0, [] {});
    pickle.text("f");
    pickle.tuple(4, [&] {
      for (int i = 1; i <= 4; ++i) pickle.integer(i);
    });
    pickle.text("g");
    pickle.tuple(0, [] {});
  });
  EXPECT_EQ(hex(pickle),
            "80027d71002858010000006171016801580100000062710286710358010000006371045d71056801857106"
            "6158010000006471077d710858010000006571095d710a580100000066710b284b014b024b034b0474710c"
            "580100000067710d29752e");
}

// x = [str(i) for i in range(300)]; x += [x[254], x[255]]
TEST(PickleWriter, MoreThan256MemoEntries) {
  PickleWriter pickle;
  pickle.list(302, [&] {
    for (int i = 0; i < 300; ++i) pickle.text(std::to_string(i));
    pickle.text("254");
    pickle.text("255");
  });
  const std::string text = hex(pickle);
  EXPECT_EQ(text.size(), 2 * 3040u);
  EXPECT_TRUE(text.ends_with(
      "722a0100005803000000323938722b0100005803000000323939722c01000068ff6a00010000652e"))
      << text;
}

}  // namespace
}  // namespace hyperlips::training
