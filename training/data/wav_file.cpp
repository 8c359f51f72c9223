// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/wav_file.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include "hyperlips/error.hpp"
#include "util/byte_order.hpp"
#include "util/file_bytes.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

constexpr unsigned kPcm = 1, kFloat = 3, kExtensible = 0xFFFE;

using Bytes = std::span<const std::uint8_t>;

std::uint32_t number(Bytes bytes, std::size_t at, std::size_t count) {
  return static_cast<std::uint32_t>(load_little_endian(bytes.subspan(at, count)));
}

bool has_tag(Bytes bytes, std::size_t at, std::string_view tag) {
  return bytes.size() >= at + tag.size() &&
         std::memcmp(bytes.data() + at, tag.data(), tag.size()) == 0;
}

struct Layout {
  unsigned format = 0, channels = 0, rate = 0, bits = 0;
  std::size_t sample() const { return bits / 8; }
  std::size_t frame() const { return channels * sample(); }
};

class WavReader {
 public:
  explicit WavReader(const std::filesystem::path &path)
      : path_(path), file_(read_file_bytes(path)) {}

  Wav read() const {
    const Bytes bytes(file_);
    if (!has_tag(bytes, 0, "RIFF") || !has_tag(bytes, 8, "WAVE")) fail("is not a RIFF WAVE file");
    Layout layout;
    for (std::size_t at = 12; at + 8 <= bytes.size();) {
      const std::size_t start = at + 8, rest = bytes.size() - start;
      std::size_t size = number(bytes, at + 4, 4);
      if (has_tag(bytes, at, "data")) {
        if (layout.channels == 0) fail("is damaged: its data chunk precedes its format chunk");
        if (size == 0 || size == 0xFFFFFFFF) size = rest;
        if (size > rest) fail("is truncated: its data chunk is larger than the rest of the file");
        return samples(bytes.subspan(start, size), layout);
      }
      if (size > rest) fail("is damaged: a chunk extends beyond the end of the file");
      if (has_tag(bytes, at, "fmt ")) layout = format(bytes.subspan(start, size));
      at = start + size + size % 2;  // chunks are padded to an even size
    }
    fail("has no data chunk");
  }

 private:
  [[noreturn]] void fail(const std::string &what) const {
    throw Error(ErrorKind::Format, quote_path(path_) + " " + what + ".");
  }

  Layout format(Bytes chunk) const {
    if (chunk.size() < 16) fail("is damaged: its format chunk is too short");
    Layout layout{number(chunk, 0, 2), number(chunk, 2, 2), number(chunk, 4, 4),
                  number(chunk, 14, 2)};
    // In the extensible header the format is the start of a GUID.
    if (layout.format == kExtensible && chunk.size() >= 26) layout.format = number(chunk, 24, 2);
    const bool known =
        (layout.format == kPcm && (layout.bits == 16 || layout.bits == 24 || layout.bits == 32)) ||
        (layout.format == kFloat && layout.bits == 32);
    if (!known)
      fail("has unsupported WAVE format " + std::to_string(layout.format) + " with " +
           std::to_string(layout.bits) +
           " bits; expected 16, 24 or 32-bit integers or 32-bit floats");
    if (layout.channels == 0 || layout.rate == 0 ||
        layout.rate > static_cast<unsigned>(std::numeric_limits<int>::max()))
      fail("is damaged: its format chunk has " + std::to_string(layout.channels) + " channels at " +
           std::to_string(layout.rate) + " Hz");
    return layout;
  }

  static float sample(Bytes bytes, std::size_t at, const Layout &layout) {
    const std::uint32_t bits = number(bytes, at, layout.sample());
    if (layout.format == kFloat) return std::bit_cast<float>(bits);
    // Shifted to the upper bits, all widths have the same sign bit and scale.
    return static_cast<float>(static_cast<std::int32_t>(bits << (32 - layout.bits))) * 0x1p-31f;
  }

  static Wav samples(Bytes data, const Layout &layout) {
    Wav wav{static_cast<int>(layout.rate), std::vector<float>(data.size() / layout.frame())};
    std::size_t at = 0;
    for (float &mean : wav.samples) {
      float sum = 0;
      for (unsigned c = 0; c < layout.channels; ++c, at += layout.sample())
        sum += sample(data, at, layout);
      mean = sum / static_cast<float>(layout.channels);
    }
    return wav;
  }

  const std::filesystem::path &path_;
  std::vector<std::uint8_t> file_;
};

}  // namespace

std::int16_t to_pcm16(float sample) {
  const float scaled = std::isnan(sample) ? 0.0f : std::clamp(32768 * sample, -32768.0f, 32767.0f);
  return static_cast<std::int16_t>(std::lround(scaled));
}

Wav read_wav(const std::filesystem::path &path) { return WavReader(path).read(); }

void write_wav(const std::filesystem::path &path, std::span<const float> samples, int sample_rate) {
  std::string file;
  const auto put = [&file](std::uint64_t value, std::size_t count) {
    file.resize(file.size() + count);
    store_little_endian(value, std::span(file).last(count));
  };
  const auto size = static_cast<std::uint32_t>(2 * samples.size());
  if (samples.size() > (std::numeric_limits<std::uint32_t>::max() - 36) / 2)
    throw Error(ErrorKind::Failed,
                "Cannot write " + quote_path(path) +
                    ": the sound exceeds the 4 GiB limit of WAVE files. Split it "
                    "into shorter clips.");
  const auto rate = static_cast<std::uint32_t>(sample_rate);
  file += "RIFF";
  put(36 + size, 4);
  file += "WAVEfmt ";
  put(16, 4);
  put(kPcm, 2);
  put(1, 2);
  put(rate, 4);
  put(2 * rate, 4);
  put(2, 2);
  put(16, 2);
  file += "data";
  put(size, 4);
  for (const float sample : samples) put(static_cast<std::uint16_t>(to_pcm16(sample)), 2);
  std::ofstream out(path, std::ios::binary);
  out.write(file.data(), static_cast<std::streamsize>(file.size()));
  out.close();
  if (!out)
    throw Error(ErrorKind::Failed,
                "Cannot write " + quote_path(path) + ": " + std::strerror(errno) + ".");
}

}  // namespace hyperlips::training
