// SPDX-License-Identifier: LGPL-2.1-or-later
// Files that must be rejected: truncated, with flipped bits, malicious pickles and zip archives.
#include <cstring>

#include <sys/stat.h>

#include "common/model_testing.hpp"
#include "common/pth_files.hpp"
#include "hyperlips/model/pth_parse.hpp"

namespace hyperlips {
namespace {

using namespace std::string_literals;
using test::data_file;
using test::expect_error;
using test::in_zip;
using test::kFourFloats;
using test::kGoodPickle;
using test::make_zip;
using test::Member;
using test::number;
using test::read_file;
using test::TemporaryFolder;
using test::tensor;
using test::text;

TensorFile parse(const std::string &file) {
  return parse_pth(MemorySource(std::as_bytes(std::span(file))), "some.pth");
}

/// Expects that the file is rejected with its name and each of `parts` in the message.
void expect_rejected(const std::string &file, std::vector<std::string> parts) {
  parts.push_back("'some.pth'");
  expect_error(ErrorKind::Format, parts, [&] { parse(file); });
}

TEST(PthDamaged, UndamagedFileIsAccepted) {
  const auto file = parse(in_zip(kGoodPickle));
  EXPECT_EQ(file.tensors.at("weight").shape, std::vector<std::int64_t>{4});
}

TEST(PthDamaged, RejectsGlobalsByName) {
  const TemporaryFolder folder;
  const auto witness = folder / "was-run";
  const auto command = text("touch " + witness.string()) + "\x85R";
  expect_rejected(in_zip("cos\nsystem\n" + command), {"'os.system' is not allowed"});
  expect_rejected(in_zip("cposix\nsystem\n" + command), {"'posix.system' is not allowed"});
  expect_rejected(in_zip(text("builtins") + text("eval") + "\x93" + command),
                  {"'builtins.eval' is not allowed"});
  expect_rejected(in_zip("ctorch._utils\n_rebuild_everything\n"), {"'torch._utils._rebuild_every"});
  // A name that is divided differently and a storage of another module are rejected.
  expect_rejected(in_zip("ctorch\n_utils._rebuild_tensor_v2.x\n"), {"not allowed"});
  expect_rejected(in_zip("cos\nFloatStorage\n"), {"'os.FloatStorage' is not allowed"});
  expect_rejected(in_zip("(" + text("x") + "ios\nsystem\n"), {"INST"});
  expect_rejected(in_zip("(cos\nsystem\n" + text("x") + "o"), {"'os.system'"});
  expect_rejected(in_zip(")}\x92"), {"NEWOBJ_EX"});
  EXPECT_FALSE(std::filesystem::exists(witness));
}

TEST(PthDamaged, RejectsPythonPickles) {
  const auto path = data_file("pth/command.pth");
  expect_error(ErrorKind::Format, {path, "'posix.system' is not allowed"}, [&] { read_pth(path); });
  EXPECT_FALSE(std::filesystem::exists("hyperlips-was-run"));
  expect_error(ErrorKind::Format, {"'big'", "little-endian"},
               [] { read_pth(data_file("pth/big_endian.pth")); });
  auto legacy = read_file(data_file("pth/legacy.pth"));
  const auto order = legacy.find("little_endian") + std::strlen("little_endianq\2");
  ASSERT_EQ(legacy[order], '\x88');
  legacy[order] = '\x89';
  expect_rejected(legacy, {"big-endian"});
}

TEST(PthDamaged, RejectsDamagedTensors) {
  expect_rejected(in_zip(tensor("K\1K\4\x85K\1\x85")), {"'weight'", "[4]", "4 elements"});
  expect_rejected(in_zip(tensor("K\0K\2K\3\x86K\3K\1\x86"s)), {"'weight'", "[2, 3]"});
  expect_rejected(in_zip(tensor("J\xff\xff\xff\xffK\4\x85K\1\x85")), {"'weight'", "offset -1"});
  expect_rejected(in_zip(tensor("K\0J\xff\xff\xff\xff\x85K\1\x85"s)), {"'weight'", "shape"});
  expect_rejected(in_zip(tensor("K\0K\4\x85J\xff\xff\xff\xff\x85"s)), {"'weight'", "strides"});
  expect_rejected(in_zip(tensor("K\0K\4\x85)"s)), {"'weight'", "[4]", "[]"});
  expect_rejected(in_zip(tensor("K\0K\4K\1"s)), {"'weight'", "shape"});
  expect_rejected(in_zip(tensor("NK\4\x85K\1\x85")), {"'weight'", "offset"});
  const auto huge = "\x8a\x08"s + number(std::int64_t{1} << 62);
  expect_rejected(in_zip(tensor("K\0"s + huge + huge + "\x86K\0K\0\x86"s)),
                  {"'weight'", "invalid shape"});
  expect_rejected(in_zip(tensor("K\0K\2\x85"s + huge + "\x85")), {"'weight'", "does not fit"});
  expect_rejected(in_zip(tensor(huge + "K\4\x85K\1\x85")), {"'weight'", "does not fit"});
  // A shape of a few bytes that requests a terabyte.
  const auto many = "\x8a\x08"s + number(std::int64_t{1} << 38);
  expect_rejected(in_zip(tensor("K\0"s + many + "\x85K\0\x85"s)), {"memory"});
  expect_rejected(in_zip(tensor("K\0("s + std::string(130, 'N') + "tK\1\x85")), {"'weight'"});

  const auto with_storage = [](const std::string &id) {
    return in_zip(tensor("K\0K\4\x85K\1\x85"s, "(" + id));
  };
  expect_rejected(with_storage("N"), {"'weight'", "no storage"});
  expect_rejected(with_storage(")Q"), {"'weight'", "storage id"});
  expect_rejected(with_storage("(" + text("module") + "ctorch\nFloatStorage\n" + text("0") +
                               text("cpu") + "K\4tQ"),
                  {"'weight'", "storage id"});
  expect_rejected(with_storage("(" + text("storage") + "ctorch\nFloatStorage\n" + text("7") +
                               text("cpu") + "K\4tQ"),
                  {"'weight'", "'7'", "missing"});
  expect_rejected(with_storage("(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") +
                               text("cpu") + "K\5tQ"),
                  {"'weight'", "5 elements", "16 bytes"});
  expect_rejected(with_storage("(" + text("storage") + "ctorch\nUntypedStorage\n" + text("0") +
                               text("cpu") + "K\x10tQ"),
                  {"'weight'", "untyped"});

  expect_rejected(in_zip("}" + text("weight") + "]s"), {"'weight'", "neither"});
  expect_rejected(in_zip("}"), {"no tensors"});
  expect_rejected(in_zip("]"), {"expected a dictionary"});
  expect_rejected(in_zip("}Ns"), {"empty stack"});
  expect_rejected(in_zip("}NNs"), {"key"});
  const auto twice = kGoodPickle.substr(1);
  expect_rejected(in_zip("}" + twice + twice), {"duplicate", "'weight'"});
}

TEST(PthDamaged, RejectsDamagedPickles) {
  expect_rejected(in_zip("\x80\x02"), {"0x80"});
  expect_rejected(make_zip({{"a/data.pkl", "}."}}), {"protocol"});
  expect_rejected(make_zip({{"a/data.pkl", "\x80\x07}."}}), {"protocol 7"});
  expect_rejected(make_zip({{"a/data.pkl", ""}}), {"truncated"});
  expect_rejected(make_zip({{"a/data.pkl", "\x80\x02}.}"}}), {"after the pickle"});
  expect_rejected(in_zip(""), {"empty stack"});
  expect_rejected(in_zip("}}"), {"on the stack"});
  expect_rejected(in_zip("(}"), {"on the stack"});
  expect_rejected(in_zip("t"), {"MARK"});
  expect_rejected(in_zip("}(0("), {"empty stack"});
  expect_rejected(in_zip("}(R"), {"empty stack"});
  expect_rejected(in_zip("h\5"), {"memo 5"});
  expect_rejected(in_zip("}r\xff\xff\xff\xff"), {"memo", "4294967295"});
  expect_rejected(in_zip("}Na"), {"not a list"});
  expect_rejected(in_zip("]NNs"), {"not a dictionary"});
  expect_rejected(in_zip("}(Nu"), {"without a value"});
  expect_rejected(in_zip("N)R"), {"unknown function"});
  expect_rejected(in_zip("ctorch\nFloatStorage\n)R"), {"invalid arguments"});
  expect_rejected(in_zip("ctorch\nSize\n)R"), {"invalid arguments"});
  expect_rejected(in_zip("ccollections\nOrderedDict\nN\x85R"), {"OrderedDict"});
  expect_rejected(in_zip("ccollections\nOrderedDict\n]Na\x85R"), {"OrderedDict"});
  expect_rejected(in_zip("NNb"), {"state"});
  expect_rejected(in_zip("\xf7"), {"0xf7"});
  expect_rejected(in_zip(text("\xc3")), {"UTF-8"});
  expect_rejected(in_zip(text("\xed\xa0\x80")), {"UTF-8"});
  expect_rejected(in_zip("cos\xc3\n\x01\n"), {"'os\\xc3.\\x01' is not allowed"});
  // Lengths far beyond the file.
  for (const auto *opcode :
       {"X\xff\xff\xff\xff", "T\xff\xff\xff\xff", "B\xff\xff\xff\xff", "\x8b\xff\xff\xff\xff",
        "\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "\x8e\xff\xff\xff\xff\xff\xff\xff\xff", "ctorch"}) {
    expect_rejected(in_zip(opcode), {"truncated"});
  }
}

TEST(PthDamaged, RejectsExcessiveSizes) {
  expect_rejected(in_zip(std::string(1001, '(')), {"nests deeper"});
  expect_rejected(in_zip("N" + std::string(1000001, '2')), {"stack"});
  // Deep nesting and a list that contains itself are harmless, but not a state dict.
  expect_rejected(in_zip(")" + std::string(300000, '\x85')), {"expected a dictionary"});
  expect_rejected(in_zip("]q\0h\0a"s), {"expected a dictionary"});
  expect_rejected(in_zip("}q\0"s + text("a") + "h\0s"s), {"'a'"});
}

TEST(PthDamaged, RejectsDamagedZips) {
  const auto pickle = "\x80\x02" + kGoodPickle + ".";
  const auto storage = std::string(16, '?');
  expect_rejected(make_zip({}), {"data.pkl"});
  expect_rejected(make_zip({{"a/data.pkl", pickle}, {"b/data.pkl", pickle}}), {"multiple"});
  expect_rejected(make_zip({{"a/data.pkl", pickle}, {"a/data.pkl", pickle}}), {"duplicate"});
  expect_rejected(make_zip({{"a/data.pkl", pickle, 0, 0, 1}}), {"'a/data.pkl'", "encrypted"});
  expect_rejected(make_zip({{"a/data.pkl", pickle, 12}}), {"'a/data.pkl'", "method 12"});
  expect_rejected(make_zip({{"a/data.pkl", pickle, 0, 7}}), {"'a/data.pkl'", "differ"});
  expect_rejected(make_zip({{"a/data.pkl", pickle, 8, 99}}), {"'a/data.pkl'", "damaged"});
  expect_rejected(make_zip({{"a/data.pkl", pickle, 8, 0x3000000}}), {"'a/data.pkl'", "too large"});
  expect_rejected(make_zip({{"a/data.pkl", pickle, 8, 0x7fffffff}}), {"data.pkl", "64 MB"});
  expect_rejected(make_zip({{"a/data.pkl", pickle}, {"a/constants.pkl", ""}}), {"TorchScript"});
  expect_rejected(make_zip({{"a/data.pkl", pickle}}), {"'weight'", "'0'"});
  expect_rejected(make_zip({{"a/data.pkl", pickle}, {"a/data/0", storage + "?"}}),
                  {"'weight'", "17 bytes"});

  const auto whole = make_zip({{"a/data.pkl", pickle}, {"a/data/0", storage}});
  ASSERT_EQ(parse(whole).tensors.size(), 1u);
  const auto end = whole.size() - 22;
  const auto patched = [&](std::size_t offset, const std::string &bytes) {
    auto copy = whole;
    return copy.replace(offset, bytes.size(), bytes);
  };
  expect_rejected(patched(end + 10, "\xff\xfe"), {"truncated directory"});
  expect_rejected(patched(end + 10, "\xff\xff"), {"zip64"});
  expect_rejected(patched(end + 12, "\xff\xff\xff\x7f"), {"outside the file"});
  expect_rejected(patched(end + 16, "\xff\xff\xff\x7f"), {"outside the file"});
  expect_rejected(patched(end + 4, "\1"), {"split"});
  const auto directory = whole.find("PK\1\2");
  expect_rejected(patched(directory, "QK"), {"damaged directory"});
  expect_rejected(patched(directory + 42, "\xff\xff\xff\x7f"), {"outside the file"});
  expect_rejected(patched(directory + 42, "\xff\xff\xff\xff"), {"'a/data.pkl'", "zip64"});
  expect_rejected(patched(directory + 42, "\1"), {"'a/data.pkl'", "overlaps"});
  expect_rejected(patched(30, "b"), {"'a/data.pkl'", "another name"});
  expect_rejected(patched(28, "\xff\xff"), {"'a/data.pkl'", "beyond"});
  expect_rejected(patched(whole.find("PK\3\4", 1), "QK"), {"'a/data/0'", "header not found"});
}

TEST(PthDamaged, Zip64) {
  const std::vector<Member> members{{"a/data.pkl", "\x80\x02" + kGoodPickle + "."},
                                    {"a/data/0", std::string(16, '\0')}};
  const auto whole = make_zip(members, true);
  EXPECT_EQ(parse(whole).tensors.at("weight").to_float(), std::vector<float>(4, 0.0f));
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto copy = whole;
    copy[bit / 8] = static_cast<char>(copy[bit / 8] ^ 1 << bit % 8);
    try {
      parse(copy);
    } catch (const Error &error) {
      EXPECT_NE(std::string(error.what()).find("'some.pth'"), std::string::npos) << error.what();
    }
  }
  for (std::size_t size = 0; size < whole.size(); ++size)
    expect_rejected(whole.substr(0, size), {});
}

class PthFixture : public ::testing::TestWithParam<const char *> {
 protected:
  std::string whole_ = read_file(data_file(GetParam()));
};

TEST_P(PthFixture, RejectsEveryTruncation) {
  ASSERT_NO_THROW(parse(whole_));
  for (std::size_t size = 0; size < whole_.size(); ++size) {
    expect_error(ErrorKind::Format, {"'some.pth'"}, [&] { parse(whole_.substr(0, size)); });
  }
}

TEST_P(PthFixture, FlippedBits) {
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < whole_.size() * 8; ++bit) {
    auto copy = whole_;
    copy[bit / 8] = static_cast<char>(copy[bit / 8] ^ 1 << bit % 8);
    try {
      const auto file = parse(copy);
      for (const auto &[name, tensor] : file.tensors) {
        EXPECT_EQ(tensor.to_float().size() * size_of(tensor.dtype), tensor.bytes.size());
      }
    } catch (const Error &error) {
      ++refused;
      EXPECT_NE(std::string(error.what()).find("'some.pth'"), std::string::npos) << error.what();
    }
  }
  EXPECT_GT(refused, whole_.size());
}

INSTANTIATE_TEST_SUITE_P(Files, PthFixture,
                         ::testing::Values("pth/wrapped.pth", "pth/bare_deflated.pth",
                                           "pth/untyped.pth", "pth/legacy.pth"),
                         [](const auto &info) {
                           const auto stem = std::filesystem::path(info.param).stem().string();
                           return stem;
                         });

TEST(PthDamaged, ChecksumsDetectChangedBytes) {
  const auto whole = read_file(data_file("pth/wrapped.pth"));
  const auto file = parse(whole);
  const auto &tensor = file.tensors.at("whole");
  const std::string content(reinterpret_cast<const char *>(tensor.bytes.data()),
                            tensor.bytes.size());
  const auto offset = whole.find(content);
  ASSERT_NE(offset, std::string::npos);
  for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
    auto copy = whole;
    copy[offset + bit / 8] = static_cast<char>(copy[offset + bit / 8] ^ 1 << bit % 8);
    expect_rejected(copy, {"checksum"});
  }
}

TEST(PthDamaged, RejectsOtherFiles) {
  const TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const auto &read : {read_pth, read_checkpoint}) {
    expect_error(ErrorKind::NotFound, {pipe.string(), "pipe"}, [&] { read(pipe); });
    expect_error(ErrorKind::NotFound, {"'/dev/zero'", "device"}, [&] { read("/dev/zero"); });
    expect_error(ErrorKind::NotFound, {"folder"}, [&] { read(folder.path()); });
    expect_error(ErrorKind::NotFound, {"absent"}, [&] { read(folder / "absent"); });
    test::write_bytes(folder / "picture.jpg", "\xff\xd8\xff\xe0\0\x10JFIF and so on"s);
    expect_error(ErrorKind::Format, {"picture.jpg"}, [&] { read(folder / "picture.jpg"); });
  }
  expect_rejected("\x80\x02K\1.", {"torch.save"});
  expect_rejected("hello", {"torch.save"});
}

}  // namespace
}  // namespace hyperlips
