// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/pth_training.hpp"
#include "hyperlips/model/tensor_storage.hpp"
#include "hyperlips/model/zip_writer.hpp"
#include "util/quote.hpp"
#include "util/utf8.hpp"

namespace hyperlips {
namespace {

static_assert(std::endian::native == std::endian::little, "storages are stored little-endian");

const char *storage_class(DType dtype) {
  switch (dtype) {
    case DType::F64:
      return "DoubleStorage";
    case DType::F32:
      return "FloatStorage";
    case DType::F16:
      return "HalfStorage";
    case DType::BF16:
      return "BFloat16Storage";
    case DType::I64:
      return "LongStorage";
    case DType::I32:
      return "IntStorage";
    case DType::I16:
      return "ShortStorage";
    case DType::I8:
      return "CharStorage";
    case DType::U8:
      return "ByteStorage";
    case DType::Bool:
      break;
  }
  return "BoolStorage";
}

/// A pickle of protocol 2 (PEP 307), with the opcodes that PyTorch's weights_only reader knows.
class Pickle {
 public:
  Pickle() { bytes_ = "\x80\x02"; }

  void none() { bytes_ += 'N'; }
  void boolean(bool value) { bytes_ += value ? '\x88' : '\x89'; }

  void integer(std::int64_t value) {
    if (value == static_cast<std::int32_t>(value)) {
      bytes_ += 'J';
      raw(static_cast<std::int32_t>(value));
    } else {
      bytes_ += "\x8a\x08";  // LONG1 of 8 bytes
      raw(value);
    }
  }

  void real(double value) {
    bytes_ += 'G';
    raw(__builtin_bswap64(std::bit_cast<std::uint64_t>(value)));
  }

  void text(std::string_view text) {
    bytes_ += 'X';
    raw(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }

  void global(std::string_view module, std::string_view name) {
    ((((bytes_ += 'c') += module) += '\n') += name) += '\n';
  }

  void mark() { bytes_ += '('; }
  void tuple() { bytes_ += 't'; }  ///< of all since mark()
  void empty_dict() { bytes_ += '}'; }
  void empty_list() { bytes_ += ']'; }
  void set_items() { bytes_ += 'u'; }  ///< keys and values since mark()
  void append_all() { bytes_ += 'e'; }
  void reduce() { bytes_ += 'R'; }

  void ordered_dict() {
    global("collections", "OrderedDict");
    bytes_ += ')';
    reduce();
  }

  void sizes(const std::vector<std::int64_t> &sizes) {
    mark();
    for (const auto size : sizes) integer(size);
    tuple();
  }

  /// torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks), with
  /// the storage ("storage", class, key, location, count).
  void tensor(const std::string &key, const FileTensor &tensor) {
    global("torch._utils", "_rebuild_tensor_v2");
    mark();
    mark();
    text("storage");
    global("torch", storage_class(tensor.dtype));
    text(key);
    text("cpu");
    integer(tensor.elements());
    tuple();
    bytes_ += 'Q';
    integer(0);
    sizes(tensor.shape);
    std::vector<std::int64_t> strides(tensor.shape.size());
    std::int64_t step = 1;
    for (std::size_t d = strides.size(); d-- > 0;
         step *= std::max<std::int64_t>(tensor.shape[d], 1)) {
      strides[d] = step;
    }
    sizes(strides);
    boolean(false);
    ordered_dict();
    tuple();
    reduce();
  }

  std::span<const std::byte> finish() {
    bytes_ += '.';
    return std::as_bytes(std::span(bytes_));
  }

 private:
  template <typename T>
  void raw(T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    bytes_.append(bytes, sizeof bytes);
  }

  std::string bytes_;
};

class PthWriter {
 public:
  PthWriter(const std::filesystem::path &path, const PthTraining &checkpoint)
      : path_(path), checkpoint_(checkpoint) {}

  void run() {
    check();
    pickle_.empty_dict();
    pickle_.mark();
    pickle_.text("state_dict");
    write_state_dict();
    pickle_.text("optimizer");
    write_optimizer();
    pickle_.text("global_step");
    pickle_.integer(checkpoint_.global_step);
    pickle_.text("global_epoch");
    pickle_.integer(checkpoint_.global_epoch);
    pickle_.set_items();

    PendingFile file(path_);
    ZipWriter zip(file);
    const auto text = [](std::string_view text) { return std::as_bytes(std::span(text)); };
    zip.add("archive/data.pkl", pickle_.finish());
    zip.add("archive/byteorder", text("little"));
    for (std::size_t i = 0; i < storages_.size(); ++i) {
      zip.add("archive/data/" + std::to_string(i), storages_[i]);
    }
    zip.add("archive/version", text("3\n"));
    zip.finish();
    file.commit();
  }

 private:
  void check() const {
    const auto fail = [&](const std::string &why) { throw cannot_write(path_, why); };
    const auto &tensors = checkpoint_.network.tensors;
    if (std::set(checkpoint_.order.begin(), checkpoint_.order.end()).size() !=
            checkpoint_.order.size() ||
        checkpoint_.order.size() != tensors.size()) {
      fail("the order does not name each of its " + std::to_string(tensors.size()) +
           " tensors once");
    }
    for (const auto &name : checkpoint_.order) {
      if (!tensors.contains(name)) fail("it lacks the tensor " + quote(name));
      if (!is_utf8(name)) fail("the tensor name " + quote(name) + " is not valid UTF-8");
      check_size(name, tensors.at(name));
    }
    for (const auto &[name, moments] : checkpoint_.moments) {
      const auto parameter = tensors.find(name);
      if (!checkpoint_.adam || parameter == tensors.end() || !is_parameter(name) ||
          moments.exp_avg.shape != parameter->second.shape ||
          moments.exp_avg_sq.shape != parameter->second.shape) {
        fail("the optimizer's state of " + quote(name) + " fits no parameter");
      }
      check_size(name, moments.exp_avg);
      check_size(name, moments.exp_avg_sq);
    }
  }

  void check_size(const std::string &name, const FileTensor &tensor) const {
    const auto count = count_elements(tensor.shape, tensor.dtype);
    if (!count || static_cast<std::size_t>(*count) * size_of(tensor.dtype) != tensor.bytes.size()) {
      throw cannot_write(path_, "tensor " + quote(name) + " of shape " +
                                    describe_shape(tensor.shape) + " and type " +
                                    to_string(tensor.dtype) + " was given " +
                                    std::to_string(tensor.bytes.size()) + " bytes");
    }
  }

  void write_tensor(const FileTensor &tensor) {
    pickle_.tensor(std::to_string(storages_.size()), tensor);
    storages_.push_back(tensor.bytes);
  }

  void write_state_dict() {
    pickle_.ordered_dict();
    pickle_.mark();
    for (const auto &name : checkpoint_.order) {
      pickle_.text(name);
      write_tensor(checkpoint_.network.tensors.at(name));
    }
    pickle_.set_items();
  }

  void write_optimizer() {
    if (!checkpoint_.adam) {
      pickle_.none();
      return;
    }
    std::vector<std::string> parameters;
    std::copy_if(checkpoint_.order.begin(), checkpoint_.order.end(), std::back_inserter(parameters),
                 is_parameter);
    pickle_.empty_dict();
    pickle_.mark();
    pickle_.text("state");
    pickle_.empty_dict();
    pickle_.mark();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto moments = checkpoint_.moments.find(parameters[i]);
      if (moments == checkpoint_.moments.end()) continue;
      pickle_.integer(static_cast<std::int64_t>(i));
      write_moments(moments->second);
    }
    pickle_.set_items();
    pickle_.text("param_groups");
    pickle_.empty_list();
    pickle_.mark();
    write_group(*checkpoint_.adam, parameters.size());
    pickle_.append_all();
    pickle_.set_items();
  }

  void write_moments(const AdamMoments &moments) {
    // PyTorch counts steps in a float32 tensor.
    steps_.push_back(std::make_unique<float>(static_cast<float>(moments.step)));
    const std::span<const float> step(steps_.back().get(), 1);
    pickle_.empty_dict();
    pickle_.mark();
    pickle_.text("step");
    write_tensor({DType::F32, {}, std::as_bytes(step)});
    pickle_.text("exp_avg");
    write_tensor(moments.exp_avg);
    pickle_.text("exp_avg_sq");
    write_tensor(moments.exp_avg_sq);
    pickle_.set_items();
  }

  void write_group(const AdamOptions &adam, std::size_t parameters) {
    pickle_.empty_dict();
    pickle_.mark();
    const auto real = [&](const char *name, double value) {
      pickle_.text(name);
      pickle_.real(value);
    };
    real("lr", adam.learning_rate);
    pickle_.text("betas");
    pickle_.mark();
    pickle_.real(adam.beta1);
    pickle_.real(adam.beta2);
    pickle_.tuple();
    real("eps", adam.epsilon);
    real("weight_decay", adam.weight_decay);
    for (const char *name :
         {"amsgrad", "maximize", "capturable", "differentiable", "decoupled_weight_decay"}) {
      pickle_.text(name);
      pickle_.boolean(false);
    }
    for (const char *name : {"foreach", "fused"}) {
      pickle_.text(name);
      pickle_.none();
    }
    pickle_.text("params");
    pickle_.empty_list();
    pickle_.mark();
    for (std::size_t i = 0; i < parameters; ++i) pickle_.integer(static_cast<std::int64_t>(i));
    pickle_.append_all();
    pickle_.set_items();
  }

  const std::filesystem::path &path_;
  const PthTraining &checkpoint_;
  Pickle pickle_;
  std::vector<std::span<const std::byte>> storages_;  ///< by key
  std::vector<std::unique_ptr<float>> steps_;
};

}  // namespace

void write_pth_training(const std::filesystem::path &path, const PthTraining &checkpoint) {
  PthWriter(path, checkpoint).run();
}

}  // namespace hyperlips
