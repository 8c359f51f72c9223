// SPDX-License-Identifier: LGPL-2.1-or-later
// What read_checkpoint() and its kin say about files that are no checkpoints, or change meanwhile.
#include <functional>

#include "common/model_testing.hpp"
#include "hyperlips/model/pth_parse.hpp"
#include "hyperlips/model/safetensors_parse.hpp"

namespace hyperlips {
namespace {

using namespace std::string_literals;
using test::data_file;
using test::expect_error;
using test::TemporaryFolder;

TEST(Checkpoint, SaysWhatWasDownloadedInstead) {
  const TemporaryFolder folder;
  const auto path = folder / "model.pth";
  const std::pair<std::string, std::vector<std::string>> cases[] = {
      {"<!DOCTYPE html>\n<html lang=\"en\">", {"web page", "download the file itself"}},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n",
       {"Git LFS", "git lfs pull"}},
      {"{\"error\": \"Repository not found\"}", {"server", "download"}},
      {"Not found", {"text file"}},
      {"\x1f\x8b\x08\0\0\0"s, {"gzip", "unpack"}},
      {std::string(100'000, '\0'), {"not finished", "again"}},
      {"", {"empty", "again"}},
  };
  for (const auto &[content, parts] : cases) {
    test::write_bytes(path, content);
    std::vector<std::string> expected = parts;
    expected.push_back(path.string());
    using Read = TensorFile (*)(const std::filesystem::path &);
    for (const Read read : {Read(read_checkpoint), Read(read_pth), Read(read_safetensors)})
      expect_error(ErrorKind::Format, expected, [&] { read(path); });
  }
}

TEST(Checkpoint, TruncatedDownload) {
  const TemporaryFolder folder;
  const auto path = folder / "model";
  const auto expect = [&] {
    expect_error(ErrorKind::Format, {path.string(), "truncated", "download it again"},
                 [&] { read_checkpoint(path); });
  };
  for (const char *name : {"pth/wrapped.pth", "pth/legacy.pth"}) {
    const auto whole = test::read_file(data_file(name));
    for (const std::size_t part : {whole.size() / 4, whole.size() / 2, whole.size() - 1}) {
      test::write_bytes(path, whole.substr(0, part));
      expect();
    }
  }
  const std::vector<float> values(1000, 1.0f);
  const NewTensor tensor{"a", DType::F32, {1000}, std::as_bytes(std::span(values))};
  write_safetensors(path, {&tensor, 1});
  const auto whole = test::read_file(path);
  for (const std::size_t part : {std::size_t{20}, whole.size() / 2, whole.size() - 1}) {
    test::write_bytes(path, whole.substr(0, part));
    expect();
  }
}

/// A file that another process shortens to nothing before the read number `reads`.
class ShrinkingSource : public ByteSource {
 public:
  ShrinkingSource(const std::filesystem::path &path, int reads)
      : path_(path), file_(path), left_(reads) {}

  std::uint64_t size() const override { return file_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> target) const override {
    if (left_-- == 0) std::filesystem::resize_file(path_, 0);
    file_.read(offset, target);
  }
  bool shrunk() const { return left_ < 0; }

 private:
  std::filesystem::path path_;
  FileSource file_;
  mutable int left_;
};

/// Shortens a copy of the file before each of its reads in turn, and expects an error.
void expect_shrinking_is_an_error(const std::filesystem::path &file,
                                  const std::function<void(const ByteSource &)> &parse) {
  const TemporaryFolder folder;
  const auto path = folder / "model";
  int reads = 0;
  for (bool shrunk = true; shrunk; ++reads) {
    std::filesystem::copy_file(file, path, std::filesystem::copy_options::overwrite_existing);
    const ShrinkingSource source(path, reads);
    try {
      parse(source);
      EXPECT_FALSE(source.shrunk()) << reads;
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Format);
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("shortened"), std::string::npos) << error.what();
    }
    shrunk = source.shrunk();
  }
  EXPECT_GT(reads, 2);
}

TEST(Checkpoint, FileThatShrinksWhileItIsRead) {
  const auto pth = [](const ByteSource &source) { parse_pth(source, "model"); };
  expect_shrinking_is_an_error(data_file("pth/wrapped.pth"), pth);
  expect_shrinking_is_an_error(data_file("pth/bare_deflated.pth"), pth);
  expect_shrinking_is_an_error(data_file("pth/legacy.pth"), pth);
  const TemporaryFolder folder;
  const std::vector<float> values{1, 2};
  const NewTensor tensor{"a", DType::F32, {2}, std::as_bytes(std::span(values))};
  write_safetensors(folder / "a", {&tensor, 1});
  expect_shrinking_is_an_error(
      folder / "a", [](const ByteSource &source) { parse_safetensors(source, "model"); });
}

}  // namespace
}  // namespace hyperlips
