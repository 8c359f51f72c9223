// SPDX-License-Identifier: LGPL-2.1-or-later
#include <map>

#include "common/model_testing.hpp"
#include "hyperlips/model/zip_archive.hpp"
#include "hyperlips/model/zip_writer.hpp"

namespace hyperlips {
namespace {

void expect_round_trip(std::uint64_t zip64_from) {
  const test::TemporaryFolder folder;
  const auto path = folder / "one.zip";
  const std::map<std::string, std::string> contents{{"archive/empty", ""},
                                                    {"archive/small", "abc"},
                                                    {"archive/large", std::string(100'000, 'x')}};
  {
    PendingFile file(path);
    ZipWriter zip(file, zip64_from);
    for (const auto &[name, content] : contents) zip.add(name, std::as_bytes(std::span(content)));
    zip.finish();
    file.commit();
  }
  const auto bytes = test::read_file(path);
  const auto file = std::as_bytes(std::span(bytes));
  ZipArchive archive(file, path);
  TensorStorage storage(nullptr);
  EXPECT_EQ(archive.members().size(), contents.size());
  for (const auto &[name, content] : contents) {
    const auto read = archive.read(name, storage);
    EXPECT_EQ(std::string(reinterpret_cast<const char *>(read.data()), read.size()), content);
    EXPECT_EQ((read.data() - file.data()) % 64, 0) << name;
  }
}

TEST(ZipWriter, AlignedRoundTrip) { expect_round_trip(0xffffffff); }
TEST(ZipWriter, Zip64ForAllMembers) { expect_round_trip(0); }
TEST(ZipWriter, Zip64ForLargeMembers) { expect_round_trip(1000); }

}  // namespace
}  // namespace hyperlips
