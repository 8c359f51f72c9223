// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/own_mouths/bank.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>

#include "common/correlation.hpp"
#include "common/talking_bank.hpp"
#include "common/temporary_folder.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"
#include "hyperlips/own_mouths/bank_builder.hpp"

using namespace hyperlips;
using namespace hyperlips::test;

namespace {

const Bank &bank() {
  static const Bank bank = talking_bank(30, 80);
  return bank;
}

/// The tensors of a written bank, to be damaged.
struct WrittenBank {
  TemporaryFolder folder;
  std::filesystem::path path = folder.path() / "person.bank";
  WrittenBank() { write_bank(path, bank(), "person.mp4"); }

  /// Rewrites it with one tensor changed and returns the error message of reading it.
  std::string error_with(const std::string &name, DType type, std::vector<std::int64_t> shape,
                         std::vector<std::byte> bytes) {
    const TensorFile file = read_safetensors(path);
    std::vector<NewTensor> tensors;
    for (const auto &[key, tensor] : file.tensors)
      tensors.push_back(key == name ? NewTensor{key, type, shape, bytes}
                                    : NewTensor{key, tensor.dtype, tensor.shape, tensor.bytes});
    const auto changed = folder.path() / "changed.bank";
    write_safetensors(changed, tensors, file.metadata);
    return error_of(changed);
  }

  std::string error_of(const std::filesystem::path &file) {
    try {
      read_bank(file);
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Format);
      EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos) << error.what();
      return error.what();
    }
    return {};
  }

  std::vector<std::byte> bytes_of(const std::string &name) {
    const TensorFile file = read_safetensors(path);
    const auto &bytes = file.tensors.at(name).bytes;
    return {bytes.begin(), bytes.end()};
  }
};

}  // namespace

TEST(Bank, KnowsTheMouthsOfItsFrames) {
  ASSERT_EQ(bank().frames.size(), 30u);
  std::vector<double> wanted, found;
  for (int n = 0; n < 30; ++n) {
    wanted.push_back(scripted_pose(n).mouth.opening);
    found.push_back(bank().frames[std::size_t(n)].shape.opening);
  }
  EXPECT_GT(correlation(wanted, found), 0.97);
  EXPECT_LT(bank().closed, 0.02f);
  EXPECT_TRUE(bank().follows(3, 4));
  EXPECT_FALSE(bank().follows(3, 5));
  EXPECT_FALSE(bank().follows(29, 30));
}

TEST(Bank, FileRoundTrip) {
  WrittenBank written;
  EXPECT_TRUE(is_bank_file(written.path));
  const Bank read = read_bank(written.path);
  ASSERT_EQ(read.frames.size(), bank().frames.size());
  for (std::size_t n = 0; n < read.frames.size(); ++n) {
    EXPECT_EQ(read.frames[n].landmarks, bank().frames[n].landmarks);
    EXPECT_EQ(read.frames[n].run, bank().frames[n].run);
    EXPECT_EQ(read.frames[n].shape.values(), bank().frames[n].shape.values());
    EXPECT_TRUE(std::ranges::equal(read.frames[n].jpeg, bank().frames[n].jpeg));
  }
  EXPECT_EQ(read.fit.offset, bank().fit.offset);
  EXPECT_EQ(read.fit.slope, bank().fit.slope);
  const cv::Mat picture = picture_of(read, 7);
  EXPECT_EQ(picture.size(), jpeg_size(read.frames[7].jpeg));
}

TEST(Bank, KeepsWhatIsSaidOfTheFootage) {
  const TemporaryFolder folder;
  Bank remarked = bank();
  remarked.remarks = "The sound of 'a.mp4' is 3 frames late.\n";
  write_bank(folder.path() / "remarked.bank", remarked, "a.mp4");
  EXPECT_EQ(read_bank(folder.path() / "remarked.bank").remarks, remarked.remarks);
}

TEST(Bank, RecognizesOtherFiles) {
  WrittenBank written;
  EXPECT_TRUE(is_bank(read_safetensors(written.path)));
  EXPECT_THROW(identify(read_safetensors(written.path)), Error);
  const auto network = written.folder.path() / "network.safetensors";
  const float value = 1;
  const NewTensor tensor{"x", DType::F32, {1}, std::as_bytes(std::span(&value, 1))};
  write_safetensors(network, {&tensor, 1});
  EXPECT_FALSE(is_bank_file(network));
  EXPECT_FALSE(is_bank_file(written.folder.path() / "missing"));
  std::ofstream(written.folder.path() / "short.bank") << "1234";
  EXPECT_FALSE(is_bank_file(written.folder.path() / "short.bank"));
  EXPECT_NE(written.error_of(network).find("is not a bank"), std::string::npos);
}

TEST(Bank, RejectsDamagedFiles) {
  WrittenBank written;
  auto ends = written.bytes_of("picture_ends");
  const std::int64_t far = INT64_MAX;
  std::memcpy(ends.data() + 8, &far, 8);
  EXPECT_NE(written.error_with("picture_ends", DType::I64, {30}, ends).find("outside of the file"),
            std::string::npos);

  auto pictures = written.bytes_of("pictures");
  const auto size = std::int64_t(pictures.size());
  pictures[0] = std::byte(0);
  EXPECT_NE(written.error_with("pictures", DType::U8, {size}, pictures).find("is damaged"),
            std::string::npos);

  auto landmarks = written.bytes_of("landmarks");
  const float nan = NAN;
  std::memcpy(landmarks.data() + 40, &nan, 4);
  EXPECT_NE(
      written.error_with("landmarks", DType::F32, {30, 478, 3}, landmarks).find("out of range"),
      std::string::npos);
  std::ranges::fill(landmarks, std::byte(0));
  EXPECT_NE(
      written.error_with("landmarks", DType::F32, {30, 478, 3}, landmarks).find("impossible size"),
      std::string::npos);

  EXPECT_NE(written.error_with("runs", DType::F32, {30}, written.bytes_of("runs"))
                .find("another type or shape"),
            std::string::npos);
}

// A JPEG header may promise a picture of gigabytes.
TEST(Bank, RejectsHugePictures) {
  WrittenBank written;
  auto pictures = written.bytes_of("pictures");
  const auto size = std::int64_t(pictures.size());
  for (std::size_t i = 0; i + 9 < 2000; ++i)
    if (pictures[i] == std::byte(0xff) && pictures[i + 1] == std::byte(0xc0)) {
      pictures[i + 5] = pictures[i + 7] = std::byte(0xff);
      break;
    }
  EXPECT_NE(written.error_with("pictures", DType::U8, {size}, pictures).find("is damaged"),
            std::string::npos);
}

TEST(Bank, DamagedPixelsAreAnError) {
  Bank damaged = bank();
  const std::vector<std::uint8_t> header(damaged.frames[0].jpeg.begin(),
                                         damaged.frames[0].jpeg.begin() + 20);
  damaged.frames[0].jpeg = header;
  EXPECT_THROW(picture_of(damaged, 0), Error);
}

TEST(BankBuilder, KeepsRareMouthsInBoundedMemory) {
  PosedHead person(64);
  const PosedFrame closed = person.draw({});
  FacePose wide;
  wide.mouth.opening = 0.25f;
  const PosedFrame open = person.draw(wide);
  BankBuilder builder({.max_frames = 100});
  for (int n = 0; n < 500; ++n) {
    const PosedFrame &frame = n >= 240 && n < 252 ? open : closed;
    builder.add(view_of(frame.picture), frame.face, n * 0.04);
    EXPECT_LE(builder.frames(), 125u);
  }
  const Bank bank = builder.finish();
  EXPECT_LE(bank.frames.size(), 100u);
  EXPECT_GE(
      std::ranges::count_if(bank.frames, [](const BankFrame &f) { return f.shape.opening > 0.1f; }),
      10);
  for (std::size_t n = 0; n + 1 < bank.frames.size(); ++n)
    EXPECT_EQ(bank.follows(n, n + 1), bank.frames[n + 1].time - bank.frames[n].time < 0.05) << n;
}

TEST(BankBuilder, HiddenMouthsAreLeftOut) {
  PosedHead person(64);
  PosedFrame frame = person.draw({});
  BankBuilder builder;
  builder.add(view_of(frame.picture), frame.face, 0);
  frame.face.mouth_hidden = true;
  builder.add(view_of(frame.picture), frame.face, 0.04);
  frame.face.mouth_hidden = false;
  builder.add(view_of(frame.picture), frame.face, 0.08);
  const Bank bank = builder.finish();
  ASSERT_EQ(bank.frames.size(), 2u);
  EXPECT_FALSE(bank.follows(0, 1));
  EXPECT_THROW(BankBuilder({.max_frames = 0}), Error);
  EXPECT_THROW(BankBuilder({.max_picture = 5000}), Error);
  EXPECT_THROW(BankBuilder().finish(), Error);
}

TEST(Bank, SaysWhatIsMissing) {
  EXPECT_NE(shortcomings(bank()).find("only 30 pictures"), std::string::npos);
  PosedHead person(64);
  const PosedFrame frame = person.draw({});
  BankBuilder builder;
  for (int n = 0; n < 130; ++n) builder.add(view_of(frame.picture), frame.face, n * 0.04);
  EXPECT_NE(shortcomings(builder.finish()).find("hardly ever open"), std::string::npos);
}
