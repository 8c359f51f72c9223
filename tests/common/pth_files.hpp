// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds PyTorch checkpoints in memory, opcode by opcode.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hyperlips::test {

using namespace std::string_literals;

/// The bytes of a number, little-endian.
template <typename T>
std::string number(T value) {
  return {reinterpret_cast<const char *>(&value), sizeof value};
}

/// A member of make_zip().
struct Member {
  std::string name, content;
  std::uint16_t method = 0;
  std::uint32_t size = 0;  ///< uncompressed; 0: that of content
  std::uint16_t flags = 0;
};

/// A zip file with these members, without checksums. zip64: all numbers are in 64-bit fields.
inline std::string make_zip(const std::vector<Member> &members, bool zip64 = false) {
  std::string file, directory;
  for (const auto &member : members) {
    const auto compressed = static_cast<std::uint32_t>(member.content.size());
    const auto sizes = number(std::uint32_t{0}) + number(compressed) +
                       number(member.size ? member.size : compressed) +
                       number(static_cast<std::uint16_t>(member.name.size())) + "\0\0"s;
    const auto common =
        "\x14\0"s + number(member.flags) + number(member.method) + "\0\0\0\0"s + sizes;
    if (zip64) {
      const auto name_size = number(static_cast<std::uint16_t>(member.name.size()));
      const auto extra = "\1\0\x18\0"s + number(std::uint64_t{compressed}) +
                         number(std::uint64_t{compressed}) + number(std::uint64_t{file.size()});
      directory += "PK\x01\x02\x2d\0\x2d\0\0\0\0\0"s + std::string(8, '\0') +
                   std::string(8, '\xff') + name_size +
                   number(static_cast<std::uint16_t>(4 + extra.size())) + std::string(10, '\0') +
                   "\xff\xff\xff\xff" + member.name + "\x55\x54\0\0"s + extra;
    } else {
      directory += "PK\x01\x02\x14\0"s + common + std::string(10, '\0') +
                   number(static_cast<std::uint32_t>(file.size())) + member.name;
    }
    file += "PK\x03\x04" + common + member.name + member.content;
  }
  if (zip64) {
    const auto count = number(std::uint64_t{members.size()});
    const auto end = number(std::uint64_t{file.size() + directory.size()});
    return file + directory + "PK\x06\x06"s + number(std::uint64_t{44}) + "\x2d\0\x2d\0"s +
           std::string(8, '\0') + count + count + number(std::uint64_t{directory.size()}) +
           number(std::uint64_t{file.size()}) + "PK\x06\x07\0\0\0\0"s + end + "\1\0\0\0"s +
           "PK\x05\x06\0\0\0\0"s + std::string(12, '\xff') + "\0\0"s;
  }
  const auto count = number(static_cast<std::uint16_t>(members.size()));
  const auto size = number(static_cast<std::uint32_t>(directory.size()));
  const auto offset = number(static_cast<std::uint32_t>(file.size()));
  return file + directory + "PK\x05\x06\0\0\0\0"s + count + count + size + offset + "\0\0"s;
}

/// A checkpoint with this object, and four floats in storage 0.
inline std::string in_zip(const std::string &pickle) {
  return make_zip({{"a/data.pkl", "\x80\x02" + pickle + "."}, {"a/data/0", std::string(16, '?')}});
}

/// Opcodes for a string, and for a tensor "weight" of these arguments in a storage of four floats.
inline std::string text(const std::string &value) {
  return "X" + number(static_cast<std::uint32_t>(value.size())) + value;
}
inline const std::string kFourFloats =
    "((" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\4tQ";
inline std::string tensor(const std::string &offset_shape_strides,
                          const std::string &storage = kFourFloats) {
  return "}" + text("weight") + "ctorch._utils\n_rebuild_tensor_v2\n" + storage +
         offset_shape_strides + "\x89}tRs";
}
inline const std::string kGoodPickle = tensor("K\0K\4\x85K\1\x85"s);

}  // namespace hyperlips::test
