// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/byte_source.hpp"

#include <sys/stat.h>

#include <string>

#include "common/model_testing.hpp"

namespace hyperlips {
namespace {

using test::expect_error;
using test::TemporaryFolder;

std::string read(const ByteSource &source, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  source.read(offset, std::as_writable_bytes(std::span(text)));
  return text;
}

TEST(ByteSource, ReadsFileAndMemoryByPosition) {
  const TemporaryFolder folder;
  const std::string content = "0123456789";
  test::write_bytes(folder / "file", content);
  const FileSource file(folder / "file");
  const MemorySource memory(std::as_bytes(std::span(content)));
  for (const ByteSource *source :
       {static_cast<const ByteSource *>(&file), static_cast<const ByteSource *>(&memory)}) {
    EXPECT_EQ(source->size(), 10u);
    EXPECT_EQ(read(*source, 3, 4), "3456");
    EXPECT_EQ(read(*source, 0, 10), content);
    EXPECT_EQ(read(*source, 10, 0), "");
  }
}

TEST(ByteSource, ShortenedFileIsAnError) {
  const TemporaryFolder folder;
  const auto path = folder / "file";
  test::write_bytes(path, std::string(100'000, 'x'));
  const FileSource file(path);
  std::filesystem::resize_file(path, 50'000);
  EXPECT_EQ(read(file, 49'990, 10), "xxxxxxxxxx");
  expect_error(ErrorKind::Format, {path.string(), "beyond byte 50000 of 100000", "shortened"},
               [&] { read(file, 0, 100'000); });
}

TEST(ByteSource, RejectsWhatIsNoRegularFile) {
  const TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  expect_error(ErrorKind::NotFound, {pipe.string(), "a pipe"}, [&] { FileSource source(pipe); });
  expect_error(ErrorKind::NotFound, {"a device"}, [] { FileSource source("/dev/zero"); });
  expect_error(ErrorKind::NotFound, {"a folder"}, [&] { FileSource source(folder.path()); });
  expect_error(ErrorKind::NotFound, {"absent", "No such file"},
               [&] { FileSource source(folder / "absent"); });
}

}  // namespace
}  // namespace hyperlips
