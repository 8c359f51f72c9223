// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/file_hash.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "common/temporary_folder.hpp"
#include "hyperlips/error.hpp"

namespace hyperlips {
namespace {

TEST(FileHash, DependsOnContentOnly) {
  const test::TemporaryFolder folder;
  std::set<std::string> hashes;
  const std::string large((std::size_t{1} << 20) + 3, 'x');
  for (const std::string &content : {std::string(), std::string(1, '\0'), std::string(8, '\0'),
                                     std::string("a"), std::string("b"), large, large + "y"}) {
    test::write_bytes(folder / "one", content);
    test::write_bytes(folder / "other", content);
    const std::string hash = file_hash(folder / "one");
    EXPECT_EQ(hash.size(), 16u);
    EXPECT_EQ(file_hash(folder / "other"), hash);
    EXPECT_TRUE(hashes.insert(hash).second) << content.size();
  }
}

TEST(FileHash, RejectsWhatIsNoFile) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(file_hash(folder / "missing"), Error);
  EXPECT_THROW(file_hash(folder.path()), Error);
}

}  // namespace
}  // namespace hyperlips
