// SPDX-License-Identifier: LGPL-2.1-or-later
// Files made to take more memory or work than their size allows, and large ones that are in order.
#include <zlib.h>

#include <cstring>
#include <functional>

#include "common/memory_in_use.hpp"
#include "common/model_testing.hpp"
#include "common/pth_files.hpp"
#include "hyperlips/model/pth_parse.hpp"
#include "hyperlips/model/registry.hpp"
#include "hyperlips/model/safetensors_parse.hpp"

namespace hyperlips {
namespace {

using namespace std::string_literals;
using test::expect_error;
using test::in_zip;
using test::make_zip;
using test::Member;
using test::number;
using test::text;

constexpr std::size_t kMegabyte = 1 << 20;

/// Counts what is read.
class CountingSource : public ByteSource {
 public:
  explicit CountingSource(const std::string &bytes) : memory_(std::as_bytes(std::span(bytes))) {}

  std::uint64_t size() const override { return memory_.size(); }
  void read(std::uint64_t offset, std::span<std::byte> target) const override {
    ++reads;
    bytes += target.size();
    memory_.read(offset, target);
  }

  mutable std::uint64_t reads = 0, bytes = 0;

 private:
  MemorySource memory_;
};

using Parse = TensorFile (*)(const ByteSource &source);

TensorFile parse_pth_source(const ByteSource &source) { return parse_pth(source, "some.file"); }
TensorFile parse_safetensors_source(const ByteSource &source) {
  return parse_safetensors(source, "some.file");
}

/// Parses and checks the costs, whether the file is accepted or not.
TensorFile parse(Parse parse_source, const std::string &file) {
  const CountingSource source(file);
  const test::MemoryInUse memory;
  const auto check = [&] {
    EXPECT_LE(memory.peak(), file.size() + 64 * kMegabyte);
    EXPECT_LE(source.bytes, 5 * file.size() + 65 * kMegabyte);
  };
  try {
    TensorFile parsed = parse_source(source);
    check();
    return parsed;
  } catch (...) {
    check();
    throw;
  }
}

void expect_rejected(const std::string &file, std::vector<std::string> parts,
                     Parse parse_source = parse_pth_source) {
  parts.push_back("'some.file'");
  expect_error(ErrorKind::Format, parts, [&] { parse(parse_source, file); });
}

std::string repeat(const std::string &text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// Opcodes for an entry of a state dict: bytes of these sizes and strides in the storage `key`,
/// which has `count` bytes.
std::string byte_tensor(const std::string &name, const std::string &key, std::uint32_t count,
                        const std::string &sizes, const std::string &strides) {
  return text(name) + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") +
         "ctorch\nByteStorage\n" + text(key) + text("cpu") + "J" + number(count) + "tQK\0"s +
         sizes + strides + "\x89}tRs";
}

std::string size_of_int(std::uint32_t value) { return "J" + number(value); }

TEST(ReadingCosts, RejectsOverlappingMembers) {
  // Each member begins with its own header and reaches to the end of the last.
  constexpr std::size_t kMembers = 2000, kBlob = kMegabyte;
  const auto name_of = [](std::size_t i) {
    const auto digits = std::to_string(1000 + i);
    return "a/data/" + digits;
  };
  const std::size_t header = 30 + name_of(0).size();
  std::string file, directory;
  const auto pickle = "\x80\x02" + test::kGoodPickle + ".";
  for (std::size_t i = 0; i < kMembers; ++i) {
    const auto size = number(static_cast<std::uint32_t>((kMembers - i - 1) * header + kBlob));
    const auto common = "\x14\0\0\0\0\0\0\0\0\0\0\0\0\0"s + size + size +
                        number(static_cast<std::uint16_t>(name_of(i).size())) + "\0\0"s;
    directory += "PK\x01\x02\x14\0"s + common + std::string(10, '\0') +
                 number(static_cast<std::uint32_t>(file.size())) + name_of(i);
    file += "PK\x03\x04" + common + name_of(i);
  }
  file += std::string(kBlob, '\0');
  const auto place = number(static_cast<std::uint32_t>(file.size()));
  const auto size = number(static_cast<std::uint16_t>(pickle.size())) + "\0\0"s;
  const auto common =
      "\x14\0\0\0\0\0\0\0\0\0\0\0\0\0"s + size + size + number(std::uint16_t{10}) + "\0\0"s;
  file += "PK\x03\x04" + common + "a/data.pkl" + pickle;
  directory += "PK\x01\x02\x14\0"s + common + std::string(10, '\0') + place + "a/data.pkl";
  const auto count = number(static_cast<std::uint16_t>(kMembers + 1));
  const auto whole = file + directory + "PK\x05\x06\0\0\0\0"s + count + count +
                     number(static_cast<std::uint32_t>(directory.size())) +
                     number(static_cast<std::uint32_t>(file.size())) + "\0\0"s;
  expect_rejected(whole, {"'a/data/2998'", "overlaps"});

  // Two names for the same bytes.
  auto same = make_zip({{"a/data.pkl", pickle}, {"a/data/0", std::string(16, '?')}});
  const auto second = same.rfind("PK\1\2");
  same.replace(second + 42, 4, "\0\0\0\0"s);
  expect_rejected(same, {"overlaps"});
}

TEST(ReadingCosts, RejectsRepeatedArguments) {
  // OrderedDict of a tuple of 900000 references to one empty list, again and again.
  std::string pickle = "]q\0("s + repeat("h\0"s, 900'000) + "tq\1";
  pickle += repeat("ccollections\nOrderedDict\nh\1R0", 1000);
  expect_rejected(in_zip(pickle), {"OrderedDict"});
  // Each call copies the memoized list of pairs once more.
  std::string pairs = "](" + repeat("NN\x86", 10'000) + "e\x85q\0"s;
  pairs += repeat("ccollections\nOrderedDict\nh\0R0"s, 10'000);
  expect_rejected(in_zip(pairs), {"memory"});
}

TEST(ReadingCosts, RejectsMoreValuesThanTheFileMayHave) {
  expect_rejected(in_zip(repeat("N0", 4'000'000)), {"memory"});
  expect_rejected(in_zip(repeat(")0", 4'000'000)), {"memory"});
  expect_rejected(in_zip(repeat("}0", 4'000'000)), {"memory"});
  std::string memo = "N";
  for (std::uint32_t i = 0; i < 1'500'000; ++i) memo += "r" + number(i);
  expect_rejected(in_zip(memo), {"memory"});
  expect_rejected(in_zip("]q\0"s + repeat("h\0a"s, 6'000'000)), {"memory"});
}

TEST(ReadingCosts, RejectsRepeatedTexts) {
  // One key and one text of 4 kB, as a million entries.
  std::string same = "}" + text(std::string(4096, 'k')) + "q\1" + "0" +
                     text(std::string(4096, 'v')) + "q\2" + "0" + repeat("h\1h\2s", 1'000'000);
  expect_rejected(in_zip(same), {"memory"});
  std::string others = "}" + text(std::string(4096, 'v')) + "q\2" + "0";
  for (int i = 0; i < 100'000; ++i) others += text(std::to_string(i)) + "h\2s";
  expect_rejected(in_zip(others), {"memory"});
  // A storage's key of a megabyte, used by each tensor.
  const auto id = "(" + text("storage") + "ctorch\nByteStorage\n" +
                  text(std::string(kMegabyte, '0')) + text("cpu") + "K\4t";
  std::string keys = "}" + id + "q\1" + "0";
  for (int i = 0; i < 10'000; ++i)
    keys += text(std::to_string(i)) +
            "ctorch._utils\n_rebuild_tensor_v2\n(h\1QK\0K\4\x85K\1\x85\x89}tRs"s;
  expect_rejected(in_zip(keys), {"storage id"});
}

TEST(ReadingCosts, LimitsHowOftenStoragesAreRead) {
  // Tensors that are copied, in turn from two storages of a megabyte.
  const auto file = [](int tensors) {
    std::string pickle = "\x80\x02}";
    for (int i = 0; i < tensors; ++i)
      pickle +=
          byte_tensor(std::to_string(i), std::to_string(i % 2), kMegabyte, "K\2\x85", "K\3\x85");
    return make_zip({{"a/data.pkl", pickle + "."},
                     {"a/data/0", std::string(kMegabyte, '0')},
                     {"a/data/1", std::string(kMegabyte, '1')}});
  };
  EXPECT_EQ(parse(parse_pth_source, file(40)).tensors.size(), 40u);
  expect_rejected(file(200), {"far too often"});
}

std::string deflated(const std::string &content) {
  std::string compressed(content.size() / 2 + 4096, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef *>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

TEST(ReadingCosts, LimitsTotalInflatedSize) {
  // Storages of 1 MB, each from 1 kB: every single one is plausible.
  const auto compressed = deflated(std::string(kMegabyte, '\0'));
  const auto file = [&](int storages) {
    std::string pickle = "\x80\x02}";
    std::vector<Member> members{{"a/data.pkl", ""}};
    for (int i = 0; i < storages; ++i) {
      const auto key = std::to_string(i);
      pickle += byte_tensor(key, key, kMegabyte, "K\1\x85", "K\1\x85");
      members.push_back({"a/data/" + key, compressed, 8, kMegabyte});
    }
    members[0].content = pickle + ".";
    return make_zip(members);
  };
  EXPECT_EQ(parse(parse_pth_source, file(20)).tensors.size(), 20u);
  expect_rejected(file(256), {"memory", "64 MB"});
}

TEST(ReadingCosts, TensorsInAnotherOrderNeedNoMoreMemory) {
  // Networks in channels_last: each tensor is a copy, and its storage is free again.
  std::string pickle = "\x80\x02}";
  std::vector<Member> members{{"a/data.pkl", ""}};
  for (int i = 0; i < 100; ++i) {
    const auto key = std::to_string(i);
    pickle += byte_tensor(key, key, kMegabyte, size_of_int(1024) + size_of_int(1024) + "\x86",
                          "K\1" + size_of_int(1024) + "\x86");
    members.push_back({"a/data/" + key, std::string(kMegabyte, char('0' + i % 10))});
  }
  members[0].content = pickle + ".";
  const auto file = parse(parse_pth_source, make_zip(members));
  EXPECT_EQ(file.tensors.at("99").bytes.size(), kMegabyte);
  EXPECT_EQ(file.tensors.at("99").bytes.back(), std::byte{'9'});
}

/// A checkpoint of the legacy layout without storages but the four floats of "0".
std::string legacy(const std::string &object) {
  const auto prelude = "\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."s;
  return prelude + "\x80\x02}" + text("little_endian") + "\x88s." + "\x80\x02" + object + "." +
         "\x80\x02]" + text("0") + "a." + number(std::uint64_t{4}) + std::string(16, '\0');
}

TEST(ReadingCosts, LegacyPicklesOfAnySizeUpTo64MB) {
  EXPECT_EQ(parse(parse_pth_source, legacy(test::kGoodPickle)).tensors.size(), 1u);
  const auto long_text = [](std::size_t size) {
    return legacy(test::kGoodPickle + text("note") + text(std::string(size, 'n')) + "0s");
  };
  // "note" gets no value: the text is popped, and "note" with the dictionary below it fails.
  const auto popped = [](std::size_t size) {
    return legacy(text(std::string(size, 'n')) + "0" + test::kGoodPickle);
  };
  for (const std::size_t size : {kMegabyte - 200, kMegabyte, 5 * kMegabyte, 31 * kMegabyte})
    EXPECT_EQ(parse(parse_pth_source, popped(size)).tensors.size(), 1u) << size;
  expect_rejected(popped(65 * kMegabyte), {"64 MB"});
  expect_rejected(long_text(10), {"empty stack"});
}

std::string with_header(const std::string &header, const std::string &data = "") {
  return number(std::uint64_t{header.size()}) + header + data;
}

TEST(ReadingCosts, SafetensorsWithLongTexts) {
  const auto expect = [](const std::string &header) {
    expect_rejected(with_header(header), {"longer than 1 MB"}, parse_safetensors_source);
  };
  expect("{\"" + std::string(30 * kMegabyte, 'n') + "\":{}}");
  expect("{\"__metadata__\":{\"k\":\"" + repeat("\\\"", 15 * kMegabyte) + "\"}}");
  expect("{\"a\":" + std::string(30 * kMegabyte, '1') + "}");
  const auto note = "{\"__metadata__\":{\"k\":\"" + std::string(kMegabyte - 10, 'n') + "\"}}";
  EXPECT_EQ(parse(parse_safetensors_source, with_header(note)).metadata.at("k").size(),
            kMegabyte - 10);
}

TEST(ReadingCosts, SafetensorsWithManyEntries) {
  const auto many = [](int count, const std::string &shape) {
    std::string header = "{";
    for (int i = 0; i < count; ++i)
      header += (i ? ",\"" : "\"") + std::to_string(i) + R"(":{"dtype":"U8","shape":)" + shape +
                R"(,"data_offsets":[)" + std::to_string(i) + "," + std::to_string(i + 1) + "]}";
    return with_header(header + "}", std::string(std::size_t(count), 'd'));
  };
  EXPECT_EQ(parse(parse_safetensors_source, many(100'000, "[]")).tensors.size(), 100'000u);
  expect_rejected(many(100'000, "[1" + repeat(",1", 63) + "]"), {"memory"},
                  parse_safetensors_source);
  std::string metadata = "{\"__metadata__\":{";
  for (int i = 0; i < 100'000; ++i)
    metadata += (i ? ",\"" : "\"") + std::to_string(i) + "\":\"" + std::string(200, 'v') + "\"";
  EXPECT_EQ(parse(parse_safetensors_source, with_header(metadata + "}}")).metadata.size(),
            100'000u);
}

}  // namespace
}  // namespace hyperlips
