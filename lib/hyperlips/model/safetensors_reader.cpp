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

/// Receives the header's JSON as it is parsed, so that a hostile one never grows into a document:
/// only {name: {dtype, shape, data_offsets}, __metadata__: {key: text}} passes.
class HeaderHandler : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Declaration> tensors;
  std::map<std::string, std::string> metadata;
  std::string problem;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("true or false"); }
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
        return fail("shape has the impossible size " + std::to_string(value));
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
      if (!metadata.emplace(key_, value).second) return fail("key " + quote(key_) + " twice");
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
    return unexpected("the text " + quote(value));
  }

  bool start_object(std::size_t) override {
    if (place_ == Place::Start) {
      place_ = Place::File;
      return true;
    }
    if (place_ != Place::File) return unexpected("an object");
    if (key_ == "__metadata__") {
      if (metadata_seen_) return fail("key '__metadata__' twice");
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
    const auto field = std::find(fields.begin(), fields.end(), value);
    if (field == fields.end()) return fail("unknown key " + quote(value));
    auto &seen = seen_[static_cast<std::size_t>(field - fields.begin())];
    if (seen) return fail("key " + quote(value) + " twice");
    seen = true;
    return true;
  }

  bool end_object() override {
    if (place_ == Place::Tensor) {
      for (std::size_t i = 0; i < fields.size(); ++i) {
        if (!seen_[i]) return fail("key '" + std::string(fields[i]) + "' is missing");
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
    return unexpected("a list");
  }

  bool end_array() override {
    if (place_ == Place::Offsets && offsets_ != 2) return fail("data_offsets needs two numbers");
    place_ = Place::Tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string &,
                   const nlohmann::json::exception &) override {
    problem = "the header is not valid JSON near its byte " + std::to_string(position);
    return false;
  }

 private:
  enum class Place { Start, File, Metadata, Tensor, Shape, Offsets, End };
  static constexpr std::array<std::string_view, 3> fields{"dtype", "shape", "data_offsets"};

  bool fail(const std::string &what) {
    const bool in_tensor =
        place_ == Place::Tensor || place_ == Place::Shape || place_ == Place::Offsets;
    problem = in_tensor ? "tensor " + quote(tensors.back().name) + ": " + what : what;
    return false;
  }

  bool unexpected(const std::string &what) {
    switch (place_) {
      case Place::Start:
        return fail("the header holds " + what + " where an object is expected");
      case Place::Metadata:
        return fail("metadata " + quote(key_) + " is " + what + ", not text");
      case Place::File:
        return fail("entry " + quote(key_) + " is " + what + " where an object is expected");
      default:
        return fail("key " + quote(key_) + " holds " + what);
    }
  }

  Place place_ = Place::Start;
  std::string key_;
  std::array<bool, 3> seen_{};
  std::size_t offsets_ = 0;
  bool metadata_seen_ = false;
};

}  // namespace

bool looks_like_safetensors(std::span<const std::byte> file) {
  return file.size() > kLengthBytes && file[kLengthBytes] == std::byte{'{'};
}

TensorFile parse_safetensors(std::span<const std::byte> file, const std::filesystem::path &path,
                             std::shared_ptr<const void> owner) {
  const auto fail = [&](const std::string &problem) {
    return damaged(path, "safetensors file", problem + ".");
  };
  if (file.size() < kLengthBytes) {
    throw fail("it has " + std::to_string(file.size()) +
               " bytes, fewer than the 8 of the header's length");
  }
  std::uint64_t header_size = 0;
  std::memcpy(&header_size, file.data(), kLengthBytes);
  if (header_size > kMaxSafetensorsHeader) {
    throw fail("its header would have " + std::to_string(header_size) +
               " bytes; at most 100000000 are allowed");
  }
  if (header_size > file.size() - kLengthBytes) {
    throw fail("its header should have " + std::to_string(header_size) + " bytes, but only " +
               std::to_string(file.size() - kLengthBytes) + " follow; the file was cut short");
  }
  const std::string_view header(reinterpret_cast<const char *>(file.data()) + kLengthBytes,
                                header_size);
  if (!header.starts_with('{')) throw fail("its header does not begin with '{'");
  // The JSON parser would take a NUL byte for the end of the text.
  if (header.find('\0') != std::string_view::npos) throw fail("its header holds a NUL byte");

  HeaderHandler handler;
  if (!nlohmann::json::sax_parse(header.begin(), header.end(), &handler)) {
    throw fail(handler.problem);
  }

  const auto data = file.subspan(kLengthBytes + header_size);
  auto &tensors = handler.tensors;
  std::stable_sort(tensors.begin(), tensors.end(),
                   [](const auto &a, const auto &b) { return a.range < b.range; });
  TensorFile result{path, "safetensors", {}, std::move(handler.metadata), nullptr};
  const auto storage = std::make_shared<TensorStorage>(std::move(owner));
  std::uint64_t end_of_previous = 0;
  for (auto &tensor : tensors) {
    const auto fail_tensor = [&](const std::string &problem) {
      return fail("tensor " + quote(tensor.name) + problem);
    };
    const auto [begin, end] = tensor.range;
    const auto range = "[" + std::to_string(begin) + ", " + std::to_string(end) + "]";
    const auto count = count_elements(tensor.shape, tensor.dtype);
    if (!count) throw fail_tensor(": shape " + describe_shape(tensor.shape) + " is too large");
    if (begin > end || end > data.size()) {
      throw fail_tensor(": data_offsets " + range + " do not lie within the " +
                        std::to_string(data.size()) +
                        " bytes of data; the file was cut short or "
                        "its header is damaged");
    }
    if (begin != end_of_previous) {
      throw fail_tensor(": data_offsets " + range + " should begin at " +
                        std::to_string(end_of_previous) + ", where the previous tensor ends");
    }
    const auto expected = static_cast<std::uint64_t>(*count) * size_of(tensor.dtype);
    if (end - begin != expected) {
      throw fail_tensor(" of shape " + describe_shape(tensor.shape) + " and type " +
                        to_string(tensor.dtype) + " needs " + std::to_string(expected) +
                        " bytes, but data_offsets " + range + " give " +
                        std::to_string(end - begin));
    }
    end_of_previous = end;
    FileTensor entry{tensor.dtype, std::move(tensor.shape),
                     storage->aligned(data.subspan(begin, end - begin), size_of(tensor.dtype))};
    if (!result.tensors.emplace(tensor.name, std::move(entry)).second) {
      throw fail_tensor(" is declared twice");
    }
  }
  if (end_of_previous != data.size()) {
    throw fail(std::to_string(data.size() - end_of_previous) +
               " bytes follow the last tensor where the file should end");
  }
  result.storage = storage;
  return result;
}

}  // namespace hyperlips
