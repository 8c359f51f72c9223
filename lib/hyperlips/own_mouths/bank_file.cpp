// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"
#include "hyperlips/own_mouths/bank.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

constexpr const char *kVersionKey = "version", *kVersion = "1", *kRemarksKey = "remarks";
constexpr std::uint64_t kMaxHeader = 1 << 20;  ///< bytes
/// Smallest and largest distance between the sides of a face, in pixels.
constexpr float kMinFace = 8, kMaxFace = 4096;

[[noreturn]] void invalid(const std::filesystem::path &path, const std::string &why) {
  throw Error(ErrorKind::Format, "Bank " + quote_path(path) + " is invalid: " + why +
                                     ". Make it again with hyperlips-train enrol.");
}

class BankReader {
 public:
  explicit BankReader(const TensorFile &file) : file_(file) {}

  Bank read() {
    check_kind();
    const FileTensor &landmarks =
        tensor("landmarks", DType::F32, {-1, std::int64_t(kLandmarks), 3});
    const std::int64_t count = landmarks.shape[0];
    if (count < 1 || count > std::int64_t(kMaxBankFrames))
      invalid(file_.path, "it has " + std::to_string(count) + " frames; expected 1 to " +
                              std::to_string(kMaxBankFrames));
    Bank bank;
    bank.frames.resize(std::size_t(count));
    read_frames(bank, landmarks);
    read_pictures(bank);
    read_fit(bank.fit);
    const std::vector<float> step = floats("frame_seconds", {1});
    if (!(step[0] > 0.001f && step[0] < 1)) invalid(file_.path, "frame_seconds is out of range");
    bank.frame_seconds = step[0];
    bank.remarks = metadata(kRemarksKey);
    bank.storage = file_.storage;
    complete(bank);
    return bank;
  }

 private:
  void check_kind() const {
    if (!is_bank(file_)) invalid(file_.path, "it is not a bank");
    const std::string version = metadata(kVersionKey);
    if (version != kVersion)
      invalid(file_.path,
              "it has version " + quote(version) + "; expected version " + quote(kVersion));
  }

  std::string metadata(const char *key) const {
    const auto found = file_.metadata.find(key);
    return found == file_.metadata.end() ? "" : found->second;
  }

  const FileTensor &tensor(const char *name, DType type, std::vector<std::int64_t> shape) const {
    const auto found = file_.tensors.find(name);
    if (found == file_.tensors.end()) invalid(file_.path, std::string("it has no tensor ") + name);
    const FileTensor &tensor = found->second;
    bool fits = tensor.dtype == type && tensor.shape.size() == shape.size();
    for (std::size_t i = 0; fits && i < shape.size(); ++i)
      fits = shape[i] < 0 || shape[i] == tensor.shape[i];
    if (!fits)
      invalid(file_.path, std::string("the tensor ") + name + " has another type or shape");
    return tensor;
  }

  std::vector<float> floats(const char *name, std::vector<std::int64_t> shape) const {
    std::vector<float> values = tensor(name, DType::F32, std::move(shape)).to_float();
    for (const float value : values)
      if (!std::isfinite(value) || std::abs(value) > 1e6f)
        invalid(file_.path, std::string("the tensor ") + name + " has a value out of range");
    return values;
  }

  void read_frames(Bank &bank, const FileTensor &landmarks) const {
    const auto count = std::int64_t(bank.frames.size());
    const std::vector<float> points = floats("landmarks", landmarks.shape);
    const std::vector<float> times = floats("times", {count});
    const std::vector<float> sharpness = floats("sharpness", {count});
    const std::vector<float> skin = floats("skin", {count, 3});
    const FileTensor &runs = tensor("runs", DType::I32, {count});
    for (std::size_t n = 0; n < bank.frames.size(); ++n) {
      BankFrame &frame = bank.frames[n];
      for (std::size_t i = 0; i < kLandmarks; ++i) {
        const float *p = &points[(n * kLandmarks + i) * 3];
        frame.landmarks[i] = {p[0], p[1], p[2]};
      }
      const cv::Point3f across = frame.landmarks[454] - frame.landmarks[234];
      const float face = std::hypot(across.x, across.y);
      if (!(face >= kMinFace && face <= kMaxFace))
        invalid(file_.path, "the face of frame " + std::to_string(n) + " has an impossible size");
      frame.time = double(times[n]);
      frame.sharpness = sharpness[n];
      frame.skin = {skin[3 * n], skin[3 * n + 1], skin[3 * n + 2]};
      std::memcpy(&frame.run, runs.bytes.data() + n * sizeof frame.run, sizeof frame.run);
    }
  }

  void read_pictures(Bank &bank) const {
    const FileTensor &pictures = tensor("pictures", DType::U8, {-1});
    const FileTensor &ends = tensor("picture_ends", DType::I64, {std::int64_t(bank.frames.size())});
    const auto *bytes = reinterpret_cast<const std::uint8_t *>(pictures.bytes.data());
    std::int64_t begin = 0;
    for (std::size_t n = 0; n < bank.frames.size(); ++n) {
      std::int64_t end;
      std::memcpy(&end, ends.bytes.data() + n * sizeof end, sizeof end);
      if (end <= begin || end > std::int64_t(pictures.bytes.size()))
        invalid(file_.path,
                "the picture of frame " + std::to_string(n) + " is outside of the file");
      bank.frames[n].jpeg = {bytes + begin, std::size_t(end - begin)};
      const cv::Size size = jpeg_size(bank.frames[n].jpeg);
      if (size.empty() || size.width > kMaxBankPicture || size.height > kMaxBankPicture)
        invalid(file_.path, "the picture of frame " + std::to_string(n) + " is damaged");
      begin = end;
    }
  }

  void read_fit(SpeechFit &fit) const {
    const auto inputs = std::int64_t(kSpeechValues), outputs = std::int64_t(kShapeValues);
    const std::vector<float> center = floats("fit.center", {inputs});
    const std::vector<float> slope = floats("fit.slope", {outputs, inputs});
    const std::vector<float> offset = floats("fit.offset", {outputs});
    std::ranges::copy(center, fit.center.begin());
    std::ranges::copy(slope, fit.slope.val);
    std::ranges::copy(offset, fit.offset.begin());
  }

  const TensorFile &file_;
};

template <class Value>
NewTensor tensor_of(const char *name, DType type, std::vector<std::int64_t> shape,
                    const std::vector<Value> &values) {
  return {name, type, std::move(shape), std::as_bytes(std::span(values))};
}

}  // namespace

cv::Size jpeg_size(std::span<const std::uint8_t> jpeg) {
  if (jpeg.size() < 4 || jpeg[0] != 0xff || jpeg[1] != 0xd8) return {};
  for (std::size_t at = 2; at + 9 < jpeg.size();) {
    if (jpeg[at] != 0xff) return {};
    const int marker = jpeg[at + 1];
    const bool frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame) return {jpeg[at + 7] << 8 | jpeg[at + 8], jpeg[at + 5] << 8 | jpeg[at + 6]};
    at += 2 + std::size_t(jpeg[at + 2] << 8 | jpeg[at + 3]);
  }
  return {};
}

bool is_bank_file(const std::filesystem::path &path) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return false;
  std::ifstream file(path, std::ios::binary);
  std::uint64_t size = 0;
  if (!file.read(reinterpret_cast<char *>(&size), sizeof size) || size > kMaxHeader) return false;
  std::string header(size, ' ');
  if (!file.read(header.data(), std::streamsize(size))) return false;
  const auto json = nlohmann::json::parse(header, nullptr, false);
  if (!json.is_object() || !json.contains("__metadata__")) return false;
  const auto &metadata = json["__metadata__"];
  return metadata.is_object() && metadata.value(kBankKey, nlohmann::json()) == kBankValue;
}

Bank parse_bank(const TensorFile &file) { return BankReader(file).read(); }

Bank read_bank(const std::filesystem::path &path) { return parse_bank(read_safetensors(path)); }

void write_bank(const std::filesystem::path &path, const Bank &bank, const std::string &footage) {
  std::vector<float> landmarks, times, sharpness, skin;
  std::vector<std::int32_t> runs;
  std::vector<std::int64_t> ends;
  std::vector<std::uint8_t> pictures;
  for (const BankFrame &frame : bank.frames) {
    for (const cv::Point3f &p : frame.landmarks) landmarks.insert(landmarks.end(), {p.x, p.y, p.z});
    times.push_back(float(frame.time));
    sharpness.push_back(frame.sharpness);
    skin.insert(skin.end(), frame.skin.val, frame.skin.val + 3);
    runs.push_back(frame.run);
    pictures.insert(pictures.end(), frame.jpeg.begin(), frame.jpeg.end());
    ends.push_back(std::int64_t(pictures.size()));
  }
  const auto count = std::int64_t(bank.frames.size());
  const auto inputs = std::int64_t(kSpeechValues), outputs = std::int64_t(kShapeValues);
  const std::vector<float> center(bank.fit.center.begin(), bank.fit.center.end());
  const std::vector<float> slope(std::begin(bank.fit.slope.val), std::end(bank.fit.slope.val));
  const std::vector<float> offset(bank.fit.offset.begin(), bank.fit.offset.end());
  const std::vector<float> step{float(bank.frame_seconds)};
  const NewTensor tensors[] = {
      tensor_of("landmarks", DType::F32, {count, std::int64_t(kLandmarks), 3}, landmarks),
      tensor_of("times", DType::F32, {count}, times),
      tensor_of("sharpness", DType::F32, {count}, sharpness),
      tensor_of("skin", DType::F32, {count, 3}, skin),
      tensor_of("runs", DType::I32, {count}, runs),
      tensor_of("picture_ends", DType::I64, {count}, ends),
      tensor_of("pictures", DType::U8, {std::int64_t(pictures.size())}, pictures),
      tensor_of("fit.center", DType::F32, {inputs}, center),
      tensor_of("fit.slope", DType::F32, {outputs, inputs}, slope),
      tensor_of("fit.offset", DType::F32, {outputs}, offset),
      tensor_of("frame_seconds", DType::F32, {1}, step)};
  write_safetensors(path, tensors,
                    {{kBankKey, kBankValue},
                     {kVersionKey, kVersion},
                     {"footage", footage},
                     {kRemarksKey, bank.remarks}});
}

}  // namespace hyperlips
