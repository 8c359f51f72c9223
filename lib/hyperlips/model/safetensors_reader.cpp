// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/safetensors_parse.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <limits>

#include <nlohmann/json.hpp>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/tensor_storage.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

constexpr std::size_t kLengthBytes = 8;
/// The JSON parser copies each name, text and number several times.
constexpr std::size_t kLongestToken = 1 << 20;

struct Declaration {
  std::string name;
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;
  std::array<std::uint64_t, 2> range{};
};

std::optional<DType> parse_dtype(std::string_view name) {
  for (const auto dtype : {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64, DType::I32,
                           DType::I16, DType::I8, DType::U8, DType::Bool}) {
    if (name == to_string(dtype)) return dtype;
  }
  return std::nullopt;
}

/// Whether no name, text or number is longer than kLongestToken.
bool has_short_tokens(std::string_view json) {
  constexpr std::string_view kBetweenTokens = "{}[]:, \t\r\n";
  bool text = false;
  std::size_t length = 0;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const bool mark = json[i] == '"';
    if (text && json[i] == '\\') ++i;
    const bool ends = text ? mark : mark || kBetweenTokens.find(json[i]) != json.npos;
    if (mark) text = !text;
    length = ends ? 0 : length + 1;
    if (length > kLongestToken) return false;
  }
  return true;
}

/// Validates the header's JSON during parsing, so that a malicious one never becomes a document.
/// Accepts only {name: {dtype, shape, data_offsets}, __metadata__: {key: string}}.
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderHandler(TensorStorage &storage) : storage_(storage) {}

  std::deque<Declaration> tensors;
  std::map<std::string, std::string> metadata;
  std::string problem;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_integer(number_integer_t value) override {
    return unexpected("the negative number " + std::to_string(value));
  }
  bool number_float(number_float_t, const string_t &text) override {
    return unexpected("the number " + quote(text));
  }
  bool binary(binary_t &) override { return unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::Shape) {
      auto &shape = tensors.back().shape;
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return fail("size " + std::to_string(value) + " in shape is out of range");
      }
      if (shape.size() == kMaxRank) return fail("shape has more than 64 dimensions");
      shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (place_ == Place::Offsets) {
      if (offsets_ == 2) return fail("data_offsets has more than two numbers");
      tensors.back().range[offsets_++] = value;
      return true;
    }
    return unexpected("the number " + std::to_string(value));
  }

  bool string(string_t &value) override {
    if (place_ == Place::Metadata) {
      if (metadata.size() == kMaxTensors) return fail("more than 100000 metadata entries");
      storage_.charge_metadata(key_.size() + value.size());
      if (!metadata.emplace(key_, value).second) return fail("duplicate key " + quote(key_));
      return true;
    }
    if (place_ == Place::Tensor && key_ == "dtype") {
      const auto dtype = parse_dtype(value);
      if (!dtype) {
        return fail("dtype " + quote(value) +
                    " is not supported; expected F64, F32, F16, BF16, I64, I32, I16, I8, U8 or "
                    "BOOL");
      }
      tensors.back().dtype = *dtype;
      return true;
    }
    return unexpected("the string " + quote(value));
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::Start) {
      place_ = Place::File;
      return true;
    }
    if (place_ != Place::File) return unexpected("an object");
    if (key_ == "__metadata__") {
      if (metadata_seen_) return fail("duplicate key '__metadata__'");
      metadata_seen_ = true;
      place_ = Place::Metadata;
      return true;
    }
    if (tensors.size() == kMaxTensors) return fail("more than 100000 tensors");
    tensors.emplace_back().name = key_;
    seen_ = {};
    place_ = Place::Tensor;
    return true;
  }

  bool key(string_t &value) override {
    key_ = value;
    if (place_ != Place::Tensor) return true;
    const auto field = std::find(kFields.begin(), kFields.end(), value);
    if (field == kFields.end()) return fail("unknown key " + quote(value));
    auto &seen = seen_[static_cast<std::size_t>(field - kFields.begin())];
    if (seen) return fail("duplicate key " + quote(value));
    seen = true;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::Tensor) {
      for (std::size_t i = 0; i < kFields.size(); ++i) {
        if (!seen_[i]) return fail("key " + quote(kFields[i]) + " is missing");
      }
      storage_.charge_tensor(tensors.back().name.size(), tensors.back().shape.size());
    }
    place_ = place_ == Place::File ? Place::End : Place::File;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place_ == Place::Tensor && key_ == "shape") {
      place_ = Place::Shape;
      return true;
    }
    if (place_ == Place::Tensor && key_ == "data_offsets") {
      place_ = Place::Offsets;
      offsets_ = 0;
      return true;
    }
    return unexpected("an array");
  }

  bool end_array() override {
    if (place_ == Place::Offsets && offsets_ != 2) return fail("data_offsets needs two numbers");
    place_ = Place::Tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string &,
                   const nlohmann::json::exception &) override {
    problem = "header is not valid JSON near byte " + std::to_string(position);
    return false;
  }

 private:
  enum class Place { Start, File, Metadata, Tensor, Shape, Offsets, End };
  static constexpr std::array<std::string_view, 3> kFields{"dtype", "shape", "data_offsets"};

  bool fail(const std::string &what) {
    const bool in_tensor =
        place_ == Place::Tensor || place_ == Place::Shape || place_ == Place::Offsets;
    problem = in_tensor ? "tensor " + quote(tensors.back().name) + ": " + what : what;
    return false;
  }

  bool unexpected(const std::string &what) {
    switch (place_) {
      case Place::Start:
        return fail("header is " + what + "; expected an object");
      case Place::Metadata:
        return fail("metadata " + quote(key_) + " is " + what + "; expected a string");
      case Place::File:
        return fail("entry " + quote(key_) + " is " + what + "; expected an object");
      default:
        return fail("key " + quote(key_) + " has an invalid value: " + what);
    }
  }

  TensorStorage &storage_;
  Place place_ = Place::Start;
  std::string key_;
  std::array<bool, 3> seen_{};
  std::size_t offsets_ = 0;
  bool metadata_seen_ = false;
};

/// Reads one file: the header, then the tensors in the order of their data.
class Reader {
 public:
  Reader(const ByteSource &file, const std::filesystem::path &path)
      : file_(file),
        path_(path),
        storage_(std::make_shared<TensorStorage>(file.size(), path, kKind)) {}

  TensorFile run() {
    TensorFile result{path_, "safetensors", {}, {}, storage_};
    std::deque<Declaration> tensors = read_header(result);
    std::sort(tensors.begin(), tensors.end(),
              [](const auto &a, const auto &b) { return a.range < b.range; });
    for (Declaration &tensor : tensors) {
      FileTensor read = read_tensor(tensor);
      if (!result.tensors.try_emplace(std::move(tensor.name), std::move(read)).second) {
        fail("duplicate tensor " + quote(tensor.name));
      }
    }
    if (position_ != data_size_) {
      fail(std::to_string(data_size_ - position_) + " unexpected bytes after the last tensor");
    }
    return result;
  }

 private:
  static constexpr const char *kKind = "safetensors file";

  [[noreturn]] void fail(const std::string &problem) const {
    throw damaged(path_, kKind, problem + ".");
  }

  /// The tensors in the order of the header. Stores the metadata in `result`.
  std::deque<Declaration> read_header(TensorFile &result) {
    const auto buffer = storage_->allocate(find_header());
    file_.read(kLengthBytes, buffer->bytes());
    const std::string_view header(reinterpret_cast<const char *>(buffer->bytes().data()),
                                  buffer->bytes().size());
    if (!header.starts_with('{')) fail("header does not start with '{'");
    // The JSON parser would take a NUL byte for the end of the text.
    if (header.find('\0') != std::string_view::npos) fail("header contains a NUL byte");
    if (!has_short_tokens(header)) fail("header contains a name or text longer than 1 MB");
    HeaderHandler handler(*storage_);
    if (!nlohmann::json::sax_parse(header.begin(), header.end(), &handler)) fail(handler.problem);
    data_offset_ = kLengthBytes + header.size();
    data_size_ = file_.size() - data_offset_;
    result.metadata = std::move(handler.metadata);
    return std::move(handler.tensors);
  }

  /// The size of the header, which is inside the file.
  std::size_t find_header() const {
    if (file_.size() < kLengthBytes) {
      fail("file has " + std::to_string(file_.size()) + " bytes; expected at least 8");
    }
    std::uint64_t size = 0;
    file_.read(0, std::as_writable_bytes(std::span(&size, 1)));
    if (size > kMaxSafetensorsHeader) {
      fail("header size is " + std::to_string(size) + " bytes; the maximum is 100000000");
    }
    if (size > file_.size() - kLengthBytes) {
      fail("header size is " + std::to_string(size) + " bytes, but only " +
           std::to_string(file_.size() - kLengthBytes) + " follow; " + kTruncated);
    }
    return size;
  }

  /// Checks a tensor, whose data must start where the previous one ends, and advances past it.
  FileTensor read_tensor(Declaration &tensor) {
    const auto fail_tensor = [&](const std::string &problem) {
      fail("tensor " + quote(tensor.name) + ": " + problem);
    };
    const auto [begin, end] = tensor.range;
    const auto range = "[" + std::to_string(begin) + ", " + std::to_string(end) + "]";
    const auto count = count_elements(tensor.shape, tensor.dtype);
    if (!count) fail_tensor("shape " + describe_shape(tensor.shape) + " is too large");
    if (begin > end || end > data_size_) {
      fail_tensor("data_offsets " + range + " are outside the " + std::to_string(data_size_) +
                  " bytes of data; " + kTruncated);
    }
    if (begin != position_) {
      fail_tensor("data_offsets " + range + " must begin at " + std::to_string(position_) +
                  ", the end of the previous tensor");
    }
    const auto expected = static_cast<std::uint64_t>(*count) * size_of(tensor.dtype);
    if (end - begin != expected) {
      fail_tensor("data_offsets " + range + " span " + std::to_string(end - begin) +
                  " bytes; expected " + std::to_string(expected) + " for shape " +
                  describe_shape(tensor.shape) + " and type " + to_string(tensor.dtype));
    }
    position_ = end;
    FileTensor read{tensor.dtype, std::move(tensor.shape), {}};
    if (expected > 0) {
      const auto buffer = storage_->allocate(expected);
      file_.read(data_offset_ + begin, buffer->bytes());
      read.bytes = buffer->bytes();
      storage_->keep(buffer);
    }
    return read;
  }

  const ByteSource &file_;
  const std::filesystem::path &path_;
  std::shared_ptr<TensorStorage> storage_;
  std::uint64_t data_offset_ = 0, data_size_ = 0;  ///< of all tensors, in the file
  std::uint64_t position_ = 0;                     ///< in the data, end of the previous tensor
};

}  // namespace

bool looks_like_safetensors(std::span<const std::byte> start) {
  return start.size() > kLengthBytes && start[kLengthBytes] == std::byte{'{'};
}

TensorFile parse_safetensors(const ByteSource &file, const std::filesystem::path &path) {
  return Reader(file, path).run();
}

}  // namespace hyperlips
