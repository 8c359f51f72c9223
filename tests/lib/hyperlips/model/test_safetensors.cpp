// SPDX-License-Identifier: LGPL-2.1-or-later
#include <csignal>
#include <cstring>

#include <sys/resource.h>
#include <sys/stat.h>

#include "common/model_testing.hpp"
#include "hyperlips/model/safetensors_parse.hpp"

namespace hyperlips {
namespace {

using test::expect_error;
using test::read_file;
using test::TemporaryFolder;
using test::write_bytes;

std::string with_header(const std::string &header, const std::string &data = "") {
  const std::uint64_t size = header.size();
  std::string file(sizeof size, '\0');
  std::memcpy(file.data(), &size, sizeof size);
  return file + header + data;
}

TensorFile parse(const std::string &file) {
  return parse_safetensors(MemorySource(std::as_bytes(std::span(file))), "some.safetensors");
}

/// Expects that the file is rejected with its name and each of `parts` in the message.
void expect_rejected(const std::string &file, std::vector<std::string> parts) {
  parts.push_back("'some.safetensors'");
  expect_error(ErrorKind::Format, parts, [&] { parse(file); });
}

template <typename T>
NewTensor make_tensor(const std::string &name, DType dtype, std::vector<std::int64_t> shape,
                      const std::vector<T> &values) {
  return {name, dtype, std::move(shape), std::as_bytes(std::span(values))};
}

TEST(Safetensors, RoundTrip) {
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  const std::vector<float> weight{1, -2, 3.5f, 0, 1e-30f, 6};
  const std::vector<std::uint16_t> half{0x3c00, 0xc000, 0x0001};
  const std::vector<std::uint8_t> flags{1, 0, 1};
  const std::vector<std::int64_t> steps{1234567890123};
  const std::vector<NewTensor> tensors{
      make_tensor("flags", DType::Bool, {3}, flags),
      make_tensor("half", DType::F16, {3, 1}, half),
      make_tensor("weight \"quoted\" \u00fc", DType::F32, {2, 3}, weight),
      make_tensor("steps", DType::I64, {}, steps),
      make_tensor("empty", DType::F32, {0, 4}, std::vector<float>{}),
  };
  write_safetensors(path, tensors, {{"format", "pt"}, {"note", "line\nbreak"}});

  const auto bytes = read_file(path);
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  EXPECT_EQ(header % 8, 0u);

  const auto file = read_safetensors(path);
  EXPECT_EQ(file.path, path);
  EXPECT_EQ(file.format, "safetensors");
  EXPECT_EQ(file.metadata.at("format"), "pt");
  EXPECT_EQ(file.metadata.at("note"), "line\nbreak");
  ASSERT_EQ(file.tensors.size(), tensors.size());
  for (const auto &expected : tensors) {
    const auto &tensor = file.tensors.at(expected.name);
    EXPECT_EQ(tensor.dtype, expected.dtype);
    EXPECT_EQ(tensor.shape, expected.shape);
    EXPECT_TRUE(std::equal(tensor.bytes.begin(), tensor.bytes.end(), expected.bytes.begin(),
                           expected.bytes.end()));
    if (!tensor.bytes.empty()) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % size_of(tensor.dtype), 0u);
    }
  }
  EXPECT_EQ(file.tensors.at("half").to_float(), (std::vector<float>{1, -2, 0x1p-24f}));
  EXPECT_EQ(file.tensors.at("flags").to_float(), (std::vector<float>{1, 0, 1}));
  EXPECT_EQ(file.tensors.at("steps").to_float(), std::vector<float>{1234567890123.0f});
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Safetensors, PublishedFixture) {
  const auto shared = test::shared_data();
  if (!shared) GTEST_SKIP() << "reference data (HYPERLIPS_SHARED) not found";
  const auto file = read_safetensors(*shared / "parity/base.safetensors");
  EXPECT_EQ(file.tensors.at("face").shape, (std::vector<std::int64_t>{2, 6, 128, 128}));
  EXPECT_EQ(file.tensors.at("output").elements(), 2 * 3 * 128 * 128);
  for (const float value : file.tensors.at("output").to_float()) {
    ASSERT_GE(value, 0.0f);
    ASSERT_LE(value, 1.0f);
  }
}

TEST(Safetensors, TensorsOutliveReplacedAndShortenedFile) {
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  const std::vector<float> values{7, 8};
  write_safetensors(path, std::vector{make_tensor("a", DType::F32, {2}, values)});
  const auto first = read_safetensors(path);
  const std::vector<float> other{9, 10};
  write_safetensors(path, std::vector{make_tensor("a", DType::F32, {2}, other)});
  EXPECT_EQ(first.tensors.at("a").to_float(), values);
  const auto second = read_safetensors(path);
  std::filesystem::resize_file(path, 0);
  EXPECT_EQ(second.tensors.at("a").to_float(), other);
}

TEST(Safetensors, AlignsTensors) {
  const std::string data("\x01\x00\x00\x80\x3f", 5);
  const auto file = parse(with_header(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                                      R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
                                      data));
  const auto &tensor = file.tensors.at("b");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % 4, 0u);
  EXPECT_EQ(tensor.to_float(), std::vector<float>{1.0f});
}

TEST(Safetensors, RejectsSpecialFiles) {
  const TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  write_bytes(folder / "empty", "");
  expect_error(ErrorKind::NotFound, {pipe.string(), "pipe"}, [&] { read_safetensors(pipe); });
  expect_error(ErrorKind::NotFound, {"/dev/zero", "device"}, [] { read_safetensors("/dev/zero"); });
  expect_error(ErrorKind::NotFound, {folder.path().string(), "folder"},
               [&] { read_safetensors(folder.path()); });
  expect_error(ErrorKind::Format, {"empty"}, [&] { read_safetensors(folder / "empty"); });
  expect_error(ErrorKind::NotFound, {"absent", "No such file"},
               [&] { read_safetensors(folder / "absent"); });
}

TEST(Safetensors, RejectsDamagedHeaders) {
  expect_rejected("abc", {"3 bytes"});
  expect_rejected(std::string(8, '\xff') + "{}", {"maximum is 100000000"});
  expect_rejected(with_header("{}").substr(0, 9), {"only 1 follow"});
  expect_rejected(with_header(""), {"does not start with '{'"});
  expect_rejected(with_header("[]"), {"does not start with '{'"});
  expect_rejected(with_header("{\"a\""), {"not valid JSON"});
  expect_rejected(with_header("{} x"), {"not valid JSON"});
  expect_rejected(with_header("{\"\xff\":{}}"), {"not valid JSON"});
  expect_rejected(with_header(std::string("{}\0garbage", 10)), {"NUL"});
  expect_rejected(with_header("{" + std::string(1000000, '[')), {"not valid JSON"});
  std::string nested = "{\"a\":";
  for (int i = 0; i < 200000; ++i) nested += "{\"a\":";
  expect_rejected(with_header(nested), {"'a'"});
  expect_rejected(with_header(R"({"a":[1]})"), {"'a'", "an array"});
  expect_rejected(with_header(R"({"a":null})"), {"'a'", "null"});
  expect_rejected(with_header(R"({"__metadata__":{"k":1}})"), {"'k'", "expected a string"});
  expect_rejected(with_header(R"({"__metadata__":{"k":"1","k":"2"}})"), {"duplicate key 'k'"});
  expect_rejected(with_header(R"({"__metadata__":{},"__metadata__":{}})"), {"duplicate"});
}

TEST(Safetensors, RejectsDamagedTensors) {
  const auto tensor = [](const std::string &dtype, const std::string &shape,
                         const std::string &offsets, const std::string &more = "") {
    return R"({"t\u0001":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" +
           offsets + more + "}}";
  };
  const std::string eight(8, 'x');
  const std::string name = "'t\\x01'";
  ASSERT_EQ(parse(with_header(tensor("F32", "[2]", "[0,8]"), eight)).tensors.size(), 1u);
  expect_rejected(with_header(tensor("F8_E4M3", "[8]", "[0,8]"), eight), {name, "F8_E4M3"});
  expect_rejected(with_header(tensor("F32", "[-2]", "[0,8]"), eight), {name, "-2"});
  expect_rejected(with_header(tensor("F32", "[2.0]", "[0,8]"), eight), {name, "2.0"});
  expect_rejected(with_header(tensor("F32", "[[2]]", "[0,8]"), eight), {name, "an array"});
  expect_rejected(with_header(tensor("F32", "[18446744073709551615]", "[0,8]"), eight),
                  {name, "18446744073709551615"});
  expect_rejected(with_header(tensor("F32", "[4611686018427387904,4]", "[0,8]"), eight),
                  {name, "too large"});
  expect_rejected(with_header(tensor("F32", "[9223372036854775807,0]", "[0,0]")),
                  {name, "too large"});
  expect_rejected(with_header(tensor("F32", "[3]", "[0,8]"), eight), {name, "12", "8"});
  expect_rejected(with_header(tensor("F32", "[2]", "[8,0]"), eight), {name, "[8, 0]"});
  expect_rejected(with_header(tensor("F32", "[2]", "[0,16]"), eight), {name, "8 bytes of data"});
  expect_rejected(with_header(tensor("F32", "[1]", "[4,8]"), eight), {name, "begin at 0"});
  expect_rejected(with_header(tensor("F32", "[1]", "[0,4]"), eight), {"4 unexpected bytes"});
  expect_rejected(with_header(tensor("F32", "[2]", "[0]"), eight), {name, "two numbers"});
  expect_rejected(with_header(tensor("F32", "[2]", "[0,4,8]"), eight), {name, "two numbers"});
  expect_rejected(with_header(tensor("F32", "[2]", "[0,8]", R"(,"shape":[2])"), eight),
                  {name, "duplicate key 'shape'"});
  expect_rejected(with_header(tensor("F32", "[2]", "[0,8]", R"(,"more":2)"), eight),
                  {name, "unknown key 'more'"});
  expect_rejected(with_header(R"({"t":{"dtype":"F32","shape":[]}})"),
                  {"'t'", "'data_offsets' is missing"});
  const std::string twice = R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                            R"("t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})";
  expect_rejected(with_header(twice, eight), {"duplicate", "'t'"});
  const std::string overlap = R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                              R"("u":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})";
  expect_rejected(with_header(overlap, eight), {"'u'", "begin at 8"});
}

TEST(Safetensors, DistinguishedFromPthByContent) {
  // Header lengths whose bytes are the magic numbers of a pickle and of a zip file.
  const TemporaryFolder folder;
  for (const std::size_t size : {0x0280, 0x04034b50}) {
    std::string header = "{}";
    header.resize(size, ' ');
    test::write_bytes(folder / "model.pth", with_header(header));
    EXPECT_EQ(read_checkpoint(folder / "model.pth").format, "safetensors");
  }
  test::write_bytes(folder / "model.pth", "\x93NUMPY and so on");
  expect_error(ErrorKind::Format, {"model.pth", "expected a safetensors file"},
               [&] { read_checkpoint(folder / "model.pth"); });
}

TEST(Safetensors, RejectsTooManyTensors) {
  std::string header = "{";
  for (int i = 0; i <= 100000; ++i) {
    header += (i ? ",\"" : "\"") + std::to_string(i) +
              R"(":{"dtype":"F32","shape":[0],"data_offsets":[0,0]})";
  }
  expect_rejected(with_header(header + "}"), {"more than 100000 tensors"});
}

std::string small_file() {
  return with_header(R"({"__metadata__":{"format":"pt"},)"
                     R"("a.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                     R"("b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]}})",
                     std::string(22, '\x3f'));
}

TEST(Safetensors, RejectsEveryTruncation) {
  const auto whole = small_file();
  ASSERT_EQ(parse(whole).tensors.size(), 2u);
  for (std::size_t size = 0; size < whole.size(); ++size)
    expect_rejected(whole.substr(0, size), {});
  expect_rejected(whole + "x", {"1 unexpected bytes"});
}

TEST(Safetensors, FlippedBits) {
  const auto whole = small_file();
  int refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto copy = whole;
    copy[bit / 8] = static_cast<char>(copy[bit / 8] ^ 1 << bit % 8);
    try {
      const auto file = parse(copy);
      for (const auto &[name, tensor] : file.tensors) {
        EXPECT_EQ(tensor.to_float().size() * size_of(tensor.dtype), tensor.bytes.size());
      }
    } catch (const Error &error) {
      ++refused;
      EXPECT_NE(std::string(error.what()).find("'some.safetensors'"), std::string::npos);
    }
  }
  EXPECT_GT(refused, 300);
}

TEST(SafetensorsWriter, RejectsInvalidTensors) {
  const TemporaryFolder folder;
  const auto path = folder / "out.safetensors";
  const std::vector<float> two{1, 2};
  const auto write = [&](std::vector<NewTensor> tensors) { write_safetensors(path, tensors); };
  expect_error(ErrorKind::Failed, {path.string(), "'a'", "[3]", "8 bytes"},
               [&] { write({make_tensor("a", DType::F32, {3}, two)}); });
  expect_error(ErrorKind::Failed, {"'a'", "twice"}, [&] {
    write({make_tensor("a", DType::F32, {2}, two), make_tensor("a", DType::F32, {2}, two)});
  });
  expect_error(ErrorKind::Failed, {"reserved"},
               [&] { write({make_tensor("__metadata__", DType::F32, {2}, two)}); });
  expect_error(ErrorKind::Failed, {"UTF-8"},
               [&] { write({make_tensor("\xff", DType::F32, {2}, two)}); });
  expect_error(ErrorKind::Failed, {"'/dev/null'", "not a regular file"}, [&] {
    write_safetensors("/dev/null", std::vector{make_tensor("a", DType::F32, {2}, two)});
  });
  expect_error(ErrorKind::NotFound, {"no/such"}, [&] {
    write_safetensors(folder / "no/such", std::vector{make_tensor("a", DType::F32, {2}, two)});
  });
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(SafetensorsWriter, FailedWriteKeepsOldFile) {
  const TemporaryFolder folder;
  const auto path = folder / "out.safetensors";
  const std::vector<float> old{1, 2};
  write_safetensors(path, std::vector{make_tensor("a", DType::F32, {2}, old)});

  // With a limit on the file size, write() fails as on a full disk.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{65536, before.rlim_max};
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::vector<float> large(100000, 3.0f);
  expect_error(ErrorKind::Failed, {path.string(), "File too large"}, [&] {
    write_safetensors(path, std::vector{make_tensor("a", DType::F32, {100000}, large)});
  });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);

  EXPECT_EQ(read_safetensors(path).tensors.at("a").to_float(), old);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace hyperlips
