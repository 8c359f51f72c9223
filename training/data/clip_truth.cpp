// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/data/clip_truth.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include <zlib.h>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "util/byte_order.hpp"

namespace hyperlips::training {
namespace {

constexpr std::string_view kTag = "HLTRUTH\n";
constexpr std::uint32_t kVersion = 1, kSteady = 1;
constexpr std::size_t kHeaderBytes = 64, kPhonemeBytes = 64, kNameBytes = 36;
constexpr std::size_t kFrameBytes = kLandmarks * 6 + 4;
constexpr std::uint32_t kMost = 100'000;
constexpr float kSteps = 64;  // per pixel

/// The numbers of a mouth in the order of the file.
constexpr std::array kMouthFields{
    &MouthPose::opening,     &MouthPose::jaw,    &MouthPose::width,
    &MouthPose::rounding,    &MouthPose::press,  &MouthPose::lip_to_teeth,
    &MouthPose::upper_raise, &MouthPose::tongue, &MouthPose::tongue_out};
constexpr std::size_t kMouthBytes = 4 * kMouthFields.size();

constexpr std::array kOuterLips{61,  146, 91,  181, 84,  17, 314, 405, 321, 375,
                                291, 409, 270, 269, 267, 0,  37,  39,  40,  185};

std::uint32_t checksum(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, bytes.data(), bytes.size()));
}

class Writer {
 public:
  explicit Writer(std::vector<std::uint8_t> &bytes) : bytes_(bytes) {}

  void number(std::uint64_t value, std::size_t size) {
    const std::size_t at = bytes_.size();
    bytes_.resize(at + size);
    store_little_endian(value, std::span(bytes_).subspan(at, size));
  }
  void real(float value) { number(std::bit_cast<std::uint32_t>(value), 4); }
  void real(double value) { number(std::bit_cast<std::uint64_t>(value), 8); }
  void text(std::string_view text, std::size_t size) {
    text = text.substr(0, size - 1);
    bytes_.insert(bytes_.end(), text.begin(), text.end());
    bytes_.resize(bytes_.size() + size - text.size());
  }

 private:
  std::vector<std::uint8_t> &bytes_;
};

class Parser {
 public:
  explicit Parser(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint64_t number(std::size_t size) {
    const std::uint64_t value = load_little_endian(bytes_.first(size));
    bytes_ = bytes_.subspan(size);
    return value;
  }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  float coordinate() { return static_cast<float>(static_cast<std::int16_t>(number(2))) / kSteps; }
  float real32() { return std::bit_cast<float>(u32()); }
  double real64() { return std::bit_cast<double>(number(8)); }
  std::string text(std::size_t size) {
    const auto *start = reinterpret_cast<const char *>(bytes_.data());
    bytes_ = bytes_.subspan(size);
    return {start, strnlen(start, size)};
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

std::uint16_t rounded(float coordinate) {
  constexpr float kLargest = 32767;
  const float steps = std::isfinite(coordinate) ? std::round(coordinate * kSteps) : 0;
  return static_cast<std::uint16_t>(
      static_cast<std::int16_t>(std::clamp(steps, -kLargest, kLargest)));
}

std::vector<std::uint8_t> encoded(const Landmarks &landmarks) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(kFrameBytes);
  Writer writer(bytes);
  for (const cv::Point3f &p : landmarks)
    for (const float value : {p.x, p.y, p.z}) writer.number(rounded(value), 2);
  writer.number(checksum(bytes), 4);
  return bytes;
}

Landmarks decoded(std::span<const std::uint8_t> bytes) {
  Parser parser(bytes);
  Landmarks landmarks;
  for (cv::Point3f &p : landmarks) {
    p.x = parser.coordinate();
    p.y = parser.coordinate();
    p.z = parser.coordinate();
  }
  return landmarks;
}

bool frame_is_whole(std::span<const std::uint8_t> bytes) {
  return checksum(bytes.first(kFrameBytes - 4)) == load_little_endian(bytes.last(4));
}

/// Mouths and phonemes.
std::vector<std::uint8_t> encoded_speech(const ClipTruth &truth) {
  std::vector<std::uint8_t> bytes;
  Writer writer(bytes);
  for (const MouthPose &mouth : truth.mouths)
    for (const auto field : kMouthFields) writer.real(mouth.*field);
  for (const synth::Phoneme &phoneme : truth.phonemes) {
    writer.real(phoneme.start);
    writer.real(phoneme.end);
    writer.real(phoneme.release);
    writer.number(static_cast<std::uint32_t>(phoneme.viseme), 4);
    writer.text(phoneme.name, kNameBytes);
  }
  return bytes;
}

}  // namespace

std::array<float, 4> lip_box(const Landmarks &landmarks, int size) {
  const float scale = float(size) / kCropSize, last = float(size - 1);
  float top = last, bottom = 0, left = last, right = 0;
  for (const int index : kOuterLips) {
    const cv::Point3f &p = landmarks[std::size_t(index)];
    const float x = std::clamp(std::floor((p.x + 0.5f) * scale), 0.0f, last);
    const float y = std::clamp(std::floor((p.y + 0.5f) * scale), 0.0f, last);
    top = std::min(top, y), bottom = std::max(bottom, y);
    left = std::min(left, x), right = std::max(right, x);
  }
  return {top, bottom, left, right};
}

std::vector<std::uint8_t> encode_truth(const ClipTruth &truth) {
  if (truth.landmarks.size() > kMost || truth.phonemes.size() > kMost ||
      (!truth.mouths.empty() && truth.mouths.size() != truth.landmarks.size()))
    throw Error(ErrorKind::Settings,
                "Truth of a clip cannot be stored: expected at most 100000 frames and phonemes, "
                "and as many mouths as landmarks.");
  const std::vector<std::uint8_t> speech = encoded_speech(truth);
  std::vector<std::uint8_t> bytes(kTag.begin(), kTag.end());
  bytes.reserve(kHeaderBytes + kFrameBytes * truth.landmarks.size() + speech.size());
  Writer writer(bytes);
  writer.number(kVersion, 4);
  writer.number(truth.landmarks.size(), 4);
  writer.number(truth.mouths.size(), 4);
  writer.number(truth.phonemes.size(), 4);
  writer.number(truth.framing == Framing::Steady ? kSteady : 0, 4);
  writer.number(checksum(speech), 4);
  bytes.resize(kHeaderBytes - 4);
  writer.number(checksum(bytes), 4);
  for (const Landmarks &landmarks : truth.landmarks) {
    const auto frame = encoded(landmarks);
    bytes.insert(bytes.end(), frame.begin(), frame.end());
  }
  bytes.insert(bytes.end(), speech.begin(), speech.end());
  return bytes;
}

TruthReader::TruthReader(ReadAt read_at, std::uint64_t size, std::string source)
    : read_at_(std::move(read_at)), source_(std::move(source)) {
  if (size < kHeaderBytes) damaged();
  const auto header = read(0, kHeaderBytes);
  const std::span<const std::uint8_t> bytes(header);
  if (!std::equal(kTag.begin(), kTag.end(), bytes.begin()) ||
      checksum(bytes.first(kHeaderBytes - 4)) != load_little_endian(bytes.last(4)))
    damaged();
  Parser parser(bytes.subspan(kTag.size()));
  const std::uint32_t version = parser.u32();
  if (version != kVersion)
    throw Error(ErrorKind::Format, source_ + " has version " + std::to_string(version) +
                                       ", expected 1. Make the data set again.");
  frames_ = parser.u32();
  mouths_ = parser.u32();
  phonemes_ = parser.u32();
  framing_ = parser.u32() == kSteady ? Framing::Steady : Framing::Published;
  checksum_ = parser.u32();
  const bool fits =
      frames_ <= kMost && phonemes_ <= kMost && (mouths_ == 0 || mouths_ == frames_) &&
      size == kHeaderBytes + kFrameBytes * std::uint64_t{frames_} +
                  kMouthBytes * std::uint64_t{mouths_} + kPhonemeBytes * std::uint64_t{phonemes_};
  if (!fits) damaged();
}

void TruthReader::damaged() const {
  throw Error(ErrorKind::Format, source_ + " is damaged. Make the data set again.");
}

std::vector<std::uint8_t> TruthReader::read(std::uint64_t offset, std::uint64_t count) const {
  std::vector<std::uint8_t> bytes(count);
  read_at_(offset, bytes);
  return bytes;
}

Landmarks TruthReader::landmarks(int frame) const {
  if (frame < 0 || std::uint32_t(frame) >= frames_)
    throw Error(ErrorKind::Settings, source_ + " has no frame " + std::to_string(frame) +
                                         "; it has " + std::to_string(frames_) + ".");
  const auto bytes = read(kHeaderBytes + kFrameBytes * std::uint64_t(frame), kFrameBytes);
  if (!frame_is_whole(bytes)) damaged();
  return decoded(bytes);
}

ClipTruth TruthReader::all() const {
  ClipTruth truth;
  truth.framing = framing_;
  const auto faces = read(kHeaderBytes, kFrameBytes * std::uint64_t{frames_});
  for (std::size_t i = 0; i < frames_; ++i) {
    const auto bytes = std::span(faces).subspan(kFrameBytes * i, kFrameBytes);
    if (!frame_is_whole(bytes)) damaged();
    truth.landmarks.push_back(decoded(bytes));
  }
  const auto speech =
      read(kHeaderBytes + faces.size(),
           kMouthBytes * std::uint64_t{mouths_} + kPhonemeBytes * std::uint64_t{phonemes_});
  if (checksum(speech) != checksum_) damaged();
  Parser parser(speech);
  truth.mouths.resize(mouths_);
  for (MouthPose &mouth : truth.mouths)
    for (const auto field : kMouthFields) mouth.*field = parser.real32();
  truth.phonemes.resize(phonemes_);
  for (synth::Phoneme &phoneme : truth.phonemes) {
    phoneme.start = parser.real64();
    phoneme.end = parser.real64();
    phoneme.release = parser.real64();
    const std::uint32_t viseme = parser.u32();
    if (viseme > std::uint32_t(Viseme::U)) damaged();
    phoneme.viseme = static_cast<Viseme>(viseme);
    phoneme.name = parser.text(kNameBytes);
  }
  return truth;
}

}  // namespace hyperlips::training
