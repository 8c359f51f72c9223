// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/model/safetensors_parse.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include <nlohmann/json.hpp>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/tensor_storage.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

constexpr std::size_t kLengthBytes = 8;

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

/// Validates the header's JSON during parsing, so that a malicious one never becomes a document.
/// Accepts only {name: {dtype, shape, data_offsets}, __metadata__: {key: string}}.
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Declaration> tensors;
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

  Place place_ = Place::Start;
  std::string key_;
  std::array<bool, 3> seen_{};
  std::size_t offsets_ = 0;
  bool metadata_seen_ = false;
};

/// Reads one file: the header, then the tensors in the order of their data.
class Reader {
 public:
  Reader(std::span<const std::byte> file, const std::filesystem::path &path,
         std::shared_ptr<const void> owner)
      : file_(file), path_(path), storage_(std::make_shared<TensorStorage>(std::move(owner))) {}

  TensorFile run() {
    const std::string_view header = find_header();
    HeaderHandler handler;
    if (!nlohmann::json::sax_parse(header.begin(), header.end(), &handler)) fail(handler.problem);
    data_ = file_.subspan(kLengthBytes + header.size());
    TensorFile result{path_, "safetensors", {}, std::move(handler.metadata), storage_};
    std::stable_sort(handler.tensors.begin(), handler.tensors.end(),
                     [](const auto &a, const auto &b) { return a.range < b.range; });
    for (const Declaration &tensor : handler.tensors) {
      if (!result.tensors.emplace(tensor.name, read_tensor(tensor)).second) {
        fail("duplicate tensor " + quote(tensor.name));
      }
    }
    if (position_ != data_.size()) {
      fail(std::to_string(data_.size() - position_) + " unexpected bytes after the last tensor");
    }
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string &problem) const {
    throw damaged(path_, "safetensors file", problem + ".");
  }

  std::string_view find_header() const {
    if (file_.size() < kLengthBytes) {
      fail("file has " + std::to_string(file_.size()) + " bytes; expected at least 8");
    }
    std::uint64_t size = 0;
    std::memcpy(&size, file_.data(), kLengthBytes);
    if (size > kMaxSafetensorsHeader) {
      fail("header size is " + std::to_string(size) + " bytes; the maximum is 100000000");
    }
    if (size > file_.size() - kLengthBytes) {
      fail("header size is " + std::to_string(size) + " bytes, but only " +
           std::to_string(file_.size() - kLengthBytes) + " follow; the file is truncated");
    }
    const std::string_view header(reinterpret_cast<const char *>(file_.data()) + kLengthBytes,
                                  size);
    if (!header.starts_with('{')) fail("header does not start with '{'");
    // The JSON parser would take a NUL byte for the end of the text.
    if (header.find('\0') != std::string_view::npos) fail("header contains a NUL byte");
    return header;
  }

  /// Checks a tensor, whose data must start where the previous one ends, and advances past it.
  FileTensor read_tensor(const Declaration &tensor) {
    const auto fail_tensor = [&](const std::string &problem) {
      fail("tensor " + quote(tensor.name) + ": " + problem);
    };
    const auto [begin, end] = tensor.range;
    const auto range = "[" + std::to_string(begin) + ", " + std::to_string(end) + "]";
    const auto count = count_elements(tensor.shape, tensor.dtype);
    if (!count) fail_tensor("shape " + describe_shape(tensor.shape) + " is too large");
    if (begin > end || end > data_.size()) {
      fail_tensor("data_offsets " + range + " are outside the " + std::to_string(data_.size()) +
                  " bytes of data; the file is truncated or its header is damaged");
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
    return {tensor.dtype, tensor.shape,
            storage_->aligned(data_.subspan(begin, end - begin), size_of(tensor.dtype))};
  }

  std::span<const std::byte> file_, data_;
  std::filesystem::path path_;
  std::shared_ptr<TensorStorage> storage_;
  std::uint64_t position_ = 0;  ///< in data_, end of the previous tensor
};

}  // namespace

bool looks_like_safetensors(std::span<const std::byte> file) {
  return file.size() > kLengthBytes && file[kLengthBytes] == std::byte{'{'};
}

TensorFile parse_safetensors(std::span<const std::byte> file, const std::filesystem::path &path,
                             std::shared_ptr<const void> owner) {
  return Reader(file, path, std::move(owner)).run();
}

}  // namespace hyperlips
