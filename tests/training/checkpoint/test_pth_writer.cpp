// SPDX-License-Identifier: LGPL-2.1-or-later
// published.pth was written by PyTorch (tests/data/pth/make_published.py). Reading and writing it
// must give the same file.
#include <cstring>

#include <torch/version.h>

#include "common/model_testing.hpp"
#include "hyperlips/model/tensor_file.hpp"
#include "training/checkpoint/pth_training.hpp"

namespace hyperlips::training {
namespace {

using test::data_file;
using test::expect_error;
using test::TemporaryFolder;

constexpr const char *kFixture = "pth/published.pth";
/// A hash of names and contents by the C++ library, which may differ between builds of LibTorch.
constexpr const char *kSerializationId = "archive/.data/serialization_id";

struct Member {
  std::string name, content;
  std::uint16_t method = 0;
  std::size_t offset = 0;  ///< of the content in the file
};

template <typename T>
T number(const std::string &bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.substr(offset, sizeof value).data(), sizeof value);
  return value;
}

/// The members of a zip file without zip64 and comment, in the order of its directory (PKWARE
/// APPNOTE 4.3.12, 4.3.16).
std::vector<Member> members(const std::string &zip) {
  const std::size_t end = zip.size() - 22;
  EXPECT_EQ(zip.substr(end, 4), "PK\x05\x06");
  std::vector<Member> all;
  std::size_t entry = number<std::uint32_t>(zip, end + 16);
  for (int i = 0; i < number<std::uint16_t>(zip, end + 10); ++i) {
    EXPECT_EQ(zip.substr(entry, 4), "PK\x01\x02");
    const auto size = number<std::uint32_t>(zip, entry + 24);
    const auto header = number<std::uint32_t>(zip, entry + 42);
    const auto name_size = number<std::uint16_t>(zip, entry + 28);
    Member member{.name = zip.substr(entry + 46, name_size),
                  .method = number<std::uint16_t>(zip, entry + 10),
                  .offset = header + 30u + number<std::uint16_t>(zip, header + 26) +
                            number<std::uint16_t>(zip, header + 28)};
    member.content = zip.substr(member.offset, size);
    all.push_back(std::move(member));
    entry += 46u + name_size + number<std::uint16_t>(zip, entry + 30) +
             number<std::uint16_t>(zip, entry + 32);
  }
  return all;
}

class PthWriter : public testing::Test {
 protected:
  PthWriter() { write_pth_training(path_, read_pth_training(data_file(kFixture))); }

  const TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "again.pth";
};

TEST_F(PthWriter, MembersEqualThoseOfPyTorch) {
  const auto expected = members(test::read_file(data_file(kFixture)));
  const auto found = members(test::read_file(path_));
  ASSERT_EQ(expected.size(), 30u);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].name, expected[i].name);
    EXPECT_EQ(found[i].method, 0) << found[i].name;
    EXPECT_EQ(found[i].offset % 64, 0u) << found[i].name;
    EXPECT_EQ(expected[i].offset % 64, 0u) << found[i].name;
    if (found[i].name != kSerializationId) {
      EXPECT_EQ(found[i].content, expected[i].content) << found[i].name;
    }
  }
  EXPECT_EQ(found[0].name, "archive/data.pkl");
  EXPECT_EQ(found[0].content.substr(0, 2), "\x80\x02");
  EXPECT_EQ(found[3].name, "archive/byteorder");
  EXPECT_EQ(found[3].content, "little");
  EXPECT_EQ(found[28].name, "archive/version");
  EXPECT_EQ(found[28].content, "3\n");
}

TEST_F(PthWriter, FileEqualsThatOfSamePyTorch) {
  if (TORCH_VERSION_MAJOR != 2 || TORCH_VERSION_MINOR != 15)
    GTEST_SKIP() << "the fixture is of PyTorch 2.15; other versions may write other zip headers";
  EXPECT_TRUE(test::read_file(path_) == test::read_file(data_file(kFixture)));
}

TEST_F(PthWriter, IsReadBack) {
  const PthTraining expected = read_pth_training(data_file(kFixture));
  const PthTraining found = read_pth_training(path_);
  EXPECT_EQ(found.network.format, "pth (zip)");
  EXPECT_EQ(found.order, expected.order);
  EXPECT_EQ(found.order.size(), 9u);
  EXPECT_EQ(found.global_step, 70000);
  EXPECT_EQ(found.global_epoch, 300);
  ASSERT_TRUE(found.adam && expected.adam);
  EXPECT_EQ(*found.adam, *expected.adam);
  EXPECT_EQ(found.adam->beta1, 0.5);
  EXPECT_EQ(found.moments.size(), 5u);
  EXPECT_FALSE(found.moments.contains("last.bias"));
  EXPECT_EQ(found.moments.at("conv.weight").step, 2);
  for (const auto &name : found.order) {
    EXPECT_EQ(found.network.tensors.at(name).to_float(),
              expected.network.tensors.at(name).to_float())
        << name;
  }
}

TEST_F(PthWriter, RejectsOrderThatDoesNotMatch) {
  PthTraining training = read_pth_training(path_);
  training.order.back() = training.order.front();
  expect_error(ErrorKind::Failed, {"wrong.pth", "9 tensors once"},
               [&] { write_pth_training(folder_ / "wrong.pth", training); });
  training.order.back() = "unknown";
  expect_error(ErrorKind::Failed, {"wrong.pth", "'unknown'"},
               [&] { write_pth_training(folder_ / "wrong.pth", training); });
  EXPECT_FALSE(std::filesystem::exists(folder_ / "wrong.pth"));
}

}  // namespace
}  // namespace hyperlips::training
