// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/wav_file.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "hyperlips/error.hpp"
#include "tests/training/data/generated_clips.hpp"

namespace hyperlips::training {
namespace {

std::string number(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string chunk(const std::string &tag, const std::string &content) {
  return tag + number(static_cast<std::uint32_t>(content.size()), 4) + content +
         std::string(content.size() % 2, '\0');
}

std::string format(int code, int channels, int bits, int rate = 16000) {
  return number(code, 2) + number(channels, 2) + number(rate, 4) +
         number(rate * channels * bits / 8, 4) + number(channels * bits / 8, 2) + number(bits, 2);
}

std::string riff(const std::string &chunks) {
  return "RIFF" + number(static_cast<std::uint32_t>(4 + chunks.size()), 4) + "WAVE" + chunks;
}

std::string float_bytes(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, 4);
  return number(bits, 4);
}

class WavFile : public testing::Test {
 protected:
  Wav read(const std::string &bytes) {
    test::write_bytes(path_, bytes);
    return read_wav(path_);
  }

  /// The message of the expected error, which must name the file.
  std::string failure(const std::string &bytes) {
    try {
      read(bytes);
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::Format);
      EXPECT_NE(std::string(error.what()).find(path_.string()), std::string::npos);
      return error.what();
    }
    ADD_FAILURE() << "no error";
    return {};
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "sound.wav";
};

TEST_F(WavFile, Reads16Bits) {
  const Wav wav = read(riff(chunk("fmt ", format(1, 1, 16, 8000)) +
                            chunk("data", number(0x4000, 2) + number(0x8000, 2) + number(1, 2))));
  EXPECT_EQ(wav.sample_rate, 8000);
  EXPECT_EQ(wav.samples, (std::vector<float>{0.5f, -1.0f, 1 / 32768.0f}));
}

TEST_F(WavFile, Reads24And32Bits) {
  EXPECT_EQ(read(riff(chunk("fmt ", format(1, 1, 24)) +
                      chunk("data", number(0x400000, 3) + number(0xC00000, 3))))
                .samples,
            (std::vector<float>{0.5f, -0.5f}));
  EXPECT_EQ(read(riff(chunk("fmt ", format(1, 1, 32)) +
                      chunk("data", number(0x20000000, 4) + number(0x80000000, 4))))
                .samples,
            (std::vector<float>{0.25f, -1.0f}));
}

TEST_F(WavFile, ReadsFloatsAndAveragesChannels) {
  EXPECT_EQ(read(riff(chunk("fmt ", format(3, 2, 32)) +
                      chunk("data", float_bytes(0.5f) + float_bytes(0.25f) + float_bytes(-1.0f) +
                                        float_bytes(1.0f))))
                .samples,
            (std::vector<float>{0.375f, 0.0f}));
}

TEST_F(WavFile, ReadsExtensibleHeaderAndSkipsChunks) {
  const std::string extension = number(22, 2) + number(16, 2) + number(4, 4) + number(1, 2) +
                                std::string("\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71", 14);
  EXPECT_EQ(read(riff(chunk("JUNK", "odd") + chunk("fmt ", format(0xFFFE, 1, 16) + extension) +
                      chunk("LIST", "more") + chunk("data", number(0x2000, 2))))
                .samples,
            (std::vector<float>{0.25f}));
}

TEST_F(WavFile, UnknownSizeExtendsToTheEnd) {
  const std::string head =
      "RIFF" + number(0xFFFFFFFF, 4) + "WAVE" + chunk("fmt ", format(1, 1, 16));
  const std::string sound = number(0x4000, 2) + number(0xC000, 2);
  for (const std::uint32_t size : {0u, 0xFFFFFFFFu})
    EXPECT_EQ(read(head + "data" + number(size, 4) + sound).samples,
              (std::vector<float>{0.5f, -0.5f}));
}

TEST_F(WavFile, RejectsDamagedAndUnsupportedFiles) {
  const std::string fmt = chunk("fmt ", format(1, 1, 16));
  EXPECT_NE(failure("").find("RIFF"), std::string::npos);
  EXPECT_NE(failure("no sound at all").find("RIFF"), std::string::npos);
  EXPECT_NE(failure(riff(fmt)).find("no data chunk"), std::string::npos);
  EXPECT_NE(failure(riff(chunk("data", "abcd"))).find("precedes its format"), std::string::npos);
  EXPECT_NE(failure(riff(fmt + "data" + number(8, 4) + "abcd")).find("truncated"),
            std::string::npos);
  EXPECT_NE(failure(riff(chunk("fmt ", "abcd"))).find("too short"), std::string::npos);
  EXPECT_NE(failure(riff("fmt " + number(0xFFFFFFF0, 4))).find("beyond the end"),
            std::string::npos);
  EXPECT_NE(failure(riff(chunk("fmt ", format(1, 1, 8)))).find("8 bits"), std::string::npos);
  EXPECT_NE(failure(riff(chunk("fmt ", format(6, 1, 8)))).find("format 6"), std::string::npos);
  EXPECT_NE(failure(riff(chunk("fmt ", format(1, 0, 16)))).find("0 channels"), std::string::npos);
  // Truncation at any byte is an error.
  const std::string whole = riff(fmt + chunk("data", "abcdefgh"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == 44) continue;
    EXPECT_THROW(read(whole.substr(0, size)), Error) << size;
  }
}

TEST_F(WavFile, MissingFileAndFolderAreNotFound) {
  for (const auto &path : {folder_ / "none.wav", folder_.path()}) {
    try {
      read_wav(path);
      ADD_FAILURE() << path;
    } catch (const Error &error) {
      EXPECT_EQ(error.kind(), ErrorKind::NotFound);
    }
  }
}

TEST_F(WavFile, RoundTripClips) {
  const std::vector<float> samples{0, 0.5f, -1, 1, 2, -3, 1 / 32768.0f, std::nanf("")};
  write_wav(path_, samples, 16000);
  EXPECT_EQ(std::filesystem::file_size(path_), 44 + 2 * samples.size());
  const Wav wav = read_wav(path_);
  EXPECT_EQ(wav.sample_rate, 16000);
  const float top = 32767 / 32768.0f;
  EXPECT_EQ(wav.samples, (std::vector<float>{0, 0.5f, -1, top, top, -1, 1 / 32768.0f, 0}));
}

TEST_F(WavFile, WriteErrorNamesTheFile) {
  try {
    write_wav(folder_ / "none" / "sound.wav", std::vector<float>{0.0f}, 16000);
    ADD_FAILURE() << "no error";
  } catch (const Error &error) {
    EXPECT_EQ(error.kind(), ErrorKind::Failed);
    EXPECT_NE(std::string(error.what()).find("sound.wav"), std::string::npos);
  }
}

}  // namespace
}  // namespace hyperlips::training
