// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/tensorboard_writer.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <ctime>
#include <map>

#include <opencv2/imgcodecs.hpp>
#include <unistd.h>

#include "common/model_testing.hpp"
#include "file_limit.hpp"

namespace hyperlips::training {
namespace {

using test::TemporaryFolder;

/// CRC-32C bit by bit (RFC 3720), masked as specified for TFRecord.
std::uint32_t slow_masked_crc(const std::string &bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const unsigned char byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
  }
  crc ^= 0xffffffff;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
}

template <typename T>
T raw(const std::string &bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// A protocol buffer message as numbers and bytes by field.
struct Fields {
  std::map<int, std::uint64_t> numbers;
  std::map<int, double> reals;
  std::map<int, std::string> bytes;

  explicit Fields(const std::string &text) {
    std::size_t at = 0;
    const auto varint = [&] {
      std::uint64_t value = 0;
      for (int shift = 0;; shift += 7) {
        const auto byte = static_cast<unsigned char>(text.at(at++));
        value |= std::uint64_t(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    while (at < text.size()) {
      const auto key = varint();
      const int field = int(key >> 3);
      switch (key & 7) {
        case 0:
          numbers[field] = varint();
          break;
        case 1:
          reals[field] = raw<double>(text, at);
          at += 8;
          break;
        case 2: {
          const auto size = varint();
          bytes[field] = text.substr(at, size);
          at += size;
          break;
        }
        case 5:
          reals[field] = raw<float>(text, at);
          at += 4;
          break;
        default:
          ADD_FAILURE() << "wire type " << (key & 7);
          return;
      }
    }
    EXPECT_EQ(at, text.size());
  }
};

/// The records of a file; checks their checksums and that the last one is complete.
std::vector<Fields> read_events(const std::filesystem::path &path) {
  const auto file = test::read_file(path);
  std::vector<Fields> events;
  std::size_t at = 0;
  while (at + 12 <= file.size()) {
    const auto size = raw<std::uint64_t>(file, at);
    EXPECT_EQ(raw<std::uint32_t>(file, at + 8), slow_masked_crc(file.substr(at, 8)));
    const auto data = file.substr(at + 12, size);
    EXPECT_EQ(data.size(), size);
    EXPECT_EQ(raw<std::uint32_t>(file, at + 12 + size), slow_masked_crc(data));
    events.emplace_back(data);
    at += 16 + size;
  }
  EXPECT_EQ(at, file.size());
  return events;
}

Fields value_of(const Fields &event) { return Fields(Fields(event.bytes.at(5)).bytes.at(1)); }

TEST(TensorBoardWriter, Rfc3720Checksums) {
  const auto unmask = [](std::uint32_t masked) { return std::rotl(masked - 0xa282ead8u, 15); };
  EXPECT_EQ(unmask(masked_crc32c("123456789")), 0xe3069283u);
  EXPECT_EQ(unmask(masked_crc32c(std::string(32, '\0'))), 0x8a9136aau);
  EXPECT_EQ(unmask(masked_crc32c(std::string(32, '\xff'))), 0x62a8ab43u);
}

TEST(TensorBoardWriter, ScalarsImagesAndTexts) {
  const TemporaryFolder folder;
  cv::Mat picture(3, 5, CV_8UC3, cv::Scalar(250, 120, 3));
  std::filesystem::path path;
  {
    TensorBoardWriter writer(folder / "logs/run", 1000);
    path = writer.path();
    writer.scalar("loss/total", 0.25, 1001);
    writer.scalar("loss/total", NAN, 1LL << 40);
    writer.image("samples", picture, 1002);
    writer.text("configuration", "| a | b |", 1003);
  }
  const auto events = read_events(path);
  ASSERT_EQ(events.size(), 6u);
  EXPECT_EQ(events[0].bytes.at(3), "brain.Event:2");
  EXPECT_NEAR(events[0].reals.at(1), double(std::time(nullptr)), 60);
  EXPECT_EQ(events[1].numbers.at(2), 1000u);
  EXPECT_EQ(Fields(events[1].bytes.at(7)).numbers.at(1), 1u);  // SessionLog START

  EXPECT_EQ(events[2].numbers.at(2), 1001u);
  EXPECT_EQ(value_of(events[2]).bytes.at(1), "loss/total");
  EXPECT_EQ(value_of(events[2]).reals.at(2), 0.25);
  EXPECT_EQ(events[3].numbers.at(2), 1ULL << 40);
  EXPECT_TRUE(std::isnan(value_of(events[3]).reals.at(2)));

  const Fields image(value_of(events[4]).bytes.at(4));
  EXPECT_EQ(image.numbers, (std::map<int, std::uint64_t>{{1, 3}, {2, 5}, {3, 3}}));
  const auto &png = image.bytes.at(4);
  const auto decoded =
      cv::imdecode(std::vector<unsigned char>(png.begin(), png.end()), cv::IMREAD_UNCHANGED);
  EXPECT_EQ(cv::norm(decoded, picture, cv::NORM_INF), 0);

  const auto text = value_of(events[5]);
  EXPECT_EQ(text.bytes.at(1), "configuration");
  const Fields tensor(text.bytes.at(8));
  EXPECT_EQ(tensor.numbers.at(1), 7u);  // DT_STRING
  EXPECT_EQ(Fields(Fields(tensor.bytes.at(2)).bytes.at(2)).numbers.at(1), 1u);
  EXPECT_EQ(tensor.bytes.at(8), "| a | b |");
  EXPECT_EQ(Fields(Fields(text.bytes.at(9)).bytes.at(1)).bytes.at(1), "text");
}

TEST(TensorBoardWriter, UniqueFileNames) {
  const TemporaryFolder folder;
  const TensorBoardWriter first(folder.path(), 0), second(folder.path(), 0);
  EXPECT_NE(first.path(), second.path());
  const auto name = first.path().filename().string();
  EXPECT_EQ(name.find("events.out.tfevents."), 0u);
  EXPECT_NE(name.find("." + std::to_string(getpid()) + "."), std::string::npos);
}

TEST(TensorBoardWriter, FlushesAfterInterval) {
  const TemporaryFolder folder;
  TensorBoardWriter::Clock::time_point now;
  TensorBoardWriter writer(folder.path(), 0, std::chrono::milliseconds(200), [&] { return now; });
  now += std::chrono::milliseconds(199);
  writer.scalar("a", 1, 1);
  EXPECT_EQ(read_events(writer.path()).size(), 2u);
  now += std::chrono::milliseconds(1);
  writer.scalar("a", 2, 2);
  EXPECT_EQ(read_events(writer.path()).size(), 4u);
}

TEST(TensorBoardWriter, FullDiskLeavesCompleteRecords) {
  const TemporaryFolder folder;
  TensorBoardWriter writer(folder.path(), 0, std::chrono::hours(1));
  writer.text("small", "a", 1);
  writer.flush();
  writer.text("large", std::string(50'000, 'b'), 2);
  {
    const test::FileLimit limit(20'000);
    test::expect_error(ErrorKind::Failed, {writer.path().string(), "File too large"},
                       [&] { writer.flush(); });
  }
  EXPECT_EQ(read_events(writer.path()).size(), 3u);
  writer.text("later", "c", 3);
  writer.flush();
  const auto events = read_events(writer.path());
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(value_of(events[3]).bytes.at(1), "later");
}

TEST(TensorBoardWriter, InvalidFolder) {
  const TemporaryFolder folder;
  test::write_bytes(folder / "file", "");
  test::expect_error(ErrorKind::Failed, {"file/logs"},
                     [&] { TensorBoardWriter(folder / "file/logs", 0); });
}

}  // namespace
}  // namespace hyperlips::training
