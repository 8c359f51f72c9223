// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/run/tensorboard_writer.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <opencv2/imgcodecs.hpp>

#include "hyperlips/error.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

static_assert(std::endian::native == std::endian::little, "TFRecord numbers are little-endian");

constexpr std::size_t kMaxPending = 1 << 20;

/// A protocol buffer message, field by field.
class Message {
 public:
  Message &varint(int field, std::uint64_t value) {
    key(field, 0);
    put(value);
    return *this;
  }
  Message &real64(int field, double value) { return fixed(field, 1, value); }
  Message &real32(int field, float value) { return fixed(field, 5, value); }
  Message &bytes(int field, std::string_view value) {
    key(field, 2);
    put(value.size());
    text_ += value;
    return *this;
  }

  const std::string &str() const { return text_; }

 private:
  void key(int field, int type) { put(static_cast<std::uint64_t>(field) << 3 | type); }

  void put(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
  }

  template <typename T>
  Message &fixed(int field, int type, T value) {
    key(field, type);
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    text_.append(raw, sizeof raw);
    return *this;
  }

  std::string text_;
};

// Field numbers of tensorflow's event.proto, summary.proto, tensor.proto and tensor_shape.proto.
namespace event {
constexpr int kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5, kSessionLog = 7;
}
namespace session_log {
constexpr int kStatus = 1;
constexpr int kStart = 1;  // a value of kStatus
}  // namespace session_log
namespace summary {
constexpr int kValue = 1;
}
namespace value {
constexpr int kTag = 1, kSimpleValue = 2, kImage = 4, kTensor = 8, kMetadata = 9;
}
namespace image {
constexpr int kHeight = 1, kWidth = 2, kColorspace = 3, kEncoded = 4;
}
namespace tensor {
constexpr int kDtype = 1, kShape = 2, kStringValue = 8;
constexpr int kTypeString = 7;  // a value of kDtype
}  // namespace tensor
namespace shape {
constexpr int kDimension = 2, kSize = 1;
}
namespace metadata {
constexpr int kPluginData = 1, kPluginName = 1;
}

Message new_event(std::int64_t step) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  Message message;
  message.real64(event::kWallTime, now.count());
  message.varint(event::kStep, static_cast<std::uint64_t>(step));
  return message;
}

/// Names sort by time and are unique between processes and within a process.
std::string new_file_name() {
  static std::atomic<unsigned> number = 0;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  char host[256] = "";
  if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0') std::strcpy(host, "localhost");
  char time[24];
  std::snprintf(time, sizeof time, "%010lld", static_cast<long long>(now.count()));
  return std::string("events.out.tfevents.") + time + "." + host + "." + std::to_string(getpid()) +
         "." + std::to_string(number++);
}

std::filesystem::path new_path(const std::filesystem::path &folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw Error(ErrorKind::Failed, "Cannot create the folder " + quote_path(folder) +
                                       " for TensorBoard: " + error.message() + ".");
  }
  return folder / new_file_name();
}

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reversed
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit) table[i] = table[i] >> 1 ^ (table[i] & 1 ? kPolynomial : 0);
  }
  return table;
}();

template <typename T>
void append_raw(std::string &bytes, T number) {
  char raw[sizeof number];
  std::memcpy(raw, &number, sizeof number);
  bytes.append(raw, sizeof raw);
}

}  // namespace

std::uint32_t masked_crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc = crc >> 8 ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xff];
  }
  return std::rotr(~crc, 15) + 0xa282ead8u;
}

TensorBoardWriter::TensorBoardWriter(const std::filesystem::path &folder, std::int64_t first_step,
                                     std::chrono::milliseconds flush_interval,
                                     std::function<Clock::time_point()> now)
    : path_(new_path(folder)),
      file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666)),
      flush_interval_(flush_interval),
      now_(std::move(now)) {
  if (!file_.valid()) {
    throw Error(ErrorKind::Failed, "Cannot create TensorBoard file " + quote_path(path_) + ": " +
                                       std::strerror(errno) + "; check the folder.");
  }
  add(new_event(0).bytes(event::kFileVersion, "brain.Event:2").str());
  const auto start = Message().varint(session_log::kStatus, session_log::kStart);
  add(new_event(first_step).bytes(event::kSessionLog, start.str()).str());
  flush();
}

TensorBoardWriter::~TensorBoardWriter() {
  try {
    flush();
  } catch (const Error &) {
    // A destructor must not throw; only the events of the last seconds are lost.
  }
}

void TensorBoardWriter::scalar(std::string_view tag, double value, std::int64_t step) {
  const auto number = static_cast<float>(value);
  add_value(Message().bytes(value::kTag, tag).real32(value::kSimpleValue, number).str(), step);
}

void TensorBoardWriter::image(std::string_view tag, const cv::Mat &picture, std::int64_t step) {
  std::vector<unsigned char> png;
  cv::imencode(".png", picture, png);
  Message image;
  image.varint(image::kHeight, static_cast<std::uint64_t>(picture.rows));
  image.varint(image::kWidth, static_cast<std::uint64_t>(picture.cols));
  image.varint(image::kColorspace, static_cast<std::uint64_t>(picture.channels()));
  image.bytes(image::kEncoded, {reinterpret_cast<const char *>(png.data()), png.size()});
  add_value(Message().bytes(value::kTag, tag).bytes(value::kImage, image.str()).str(), step);
}

void TensorBoardWriter::text(std::string_view tag, std::string_view markdown, std::int64_t step) {
  const auto one = Message().varint(shape::kSize, 1);
  Message tensor;
  tensor.varint(tensor::kDtype, tensor::kTypeString);
  tensor.bytes(tensor::kShape, Message().bytes(shape::kDimension, one.str()).str());
  tensor.bytes(tensor::kStringValue, markdown);
  const auto plugin = Message().bytes(metadata::kPluginName, "text");
  Message value;
  value.bytes(value::kTag, tag).bytes(value::kTensor, tensor.str());
  value.bytes(value::kMetadata, Message().bytes(metadata::kPluginData, plugin.str()).str());
  add_value(value.str(), step);
}

void TensorBoardWriter::add_value(const std::string &value, std::int64_t step) {
  const auto summary = Message().bytes(summary::kValue, value);
  add(new_event(step).bytes(event::kSummary, summary.str()).str());
  if (pending_.size() >= kMaxPending || now_() - flushed_ >= flush_interval_) flush();
}

void TensorBoardWriter::add(const std::string &event) {
  std::string length;
  append_raw(length, static_cast<std::uint64_t>(event.size()));
  pending_ += length;
  append_raw(pending_, masked_crc32c(length));
  pending_ += event;
  append_raw(pending_, masked_crc32c(event));
}

void TensorBoardWriter::flush() {
  flushed_ = now_();
  const auto records = std::exchange(pending_, {});
  std::string_view rest = records;
  while (!rest.empty()) {
    const auto count = ::write(file_.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int problem = errno;
      // A reader stops at an incomplete record and ignores everything after it.
      const bool cut = ftruncate(file_.get(), written_) == 0;
      throw Error(ErrorKind::Failed, "Cannot write TensorBoard file " + quote_path(path_) + ": " +
                                         std::strerror(problem) +
                                         (cut ? "." : "; it now ends in an incomplete record."));
    }
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  written_ += static_cast<std::int64_t>(records.size());
}

}  // namespace hyperlips::training
