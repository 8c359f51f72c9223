// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <set>
#include <span>

#include <caffe2/serialize/inline_container.h>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/tensor_storage.hpp"
#include "training/checkpoint/pickle_writer.hpp"
#include "training/checkpoint/pth_training.hpp"
#include "util/pending_file.hpp"
#include "util/quote.hpp"
#include "util/utf8.hpp"

namespace hyperlips::training {
namespace {

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

/// The zip file of torch.save(), by LibTorch's own writer: stored members of the folder "archive",
/// their contents aligned to 64 bytes.
class ZipFile {
 public:
  explicit ZipFile(const std::filesystem::path &path)
      : file_(path), zip_([this](const void *bytes, std::size_t size) {
          return write({static_cast<const std::byte *>(bytes), size});
        }) {}

  void add(const std::string &name, std::span<const std::byte> content) {
    guarded([&] { zip_.writeRecord(name, content.data(), content.size()); });
  }
  void add(const std::string &name, std::string_view content) {
    add(name, std::as_bytes(std::span(content)));
  }

  /// Adds the members "version" and ".data/serialization_id" and gives the file its name.
  void commit() {
    guarded([&] { zip_.writeEndOfFile(); });
    file_.commit();
  }

 private:
  /// LibTorch's zip code is C: an exception waits until it has returned.
  std::size_t write(std::span<const std::byte> bytes) {
    if (error_) return 0;
    try {
      file_.write(bytes);
      return bytes.size();
    } catch (...) {
      error_ = std::current_exception();
      return 0;
    }
  }

  template <typename Call>
  void guarded(Call call) {
    try {
      call();
    } catch (...) {
      // Not finished, its destructor would try to and throw.
      try {
        zip_.writeEndOfFile();
      } catch (...) {
      }
      if (error_) std::rethrow_exception(error_);
      throw;
    }
  }

  PendingFile file_;
  std::exception_ptr error_;
  caffe2::serialize::PyTorchStreamWriter zip_;
};

class PthWriter {
 public:
  PthWriter(const std::filesystem::path &path, const PthTraining &checkpoint)
      : path_(path), checkpoint_(checkpoint) {}

  void run() {
    check();
    pickle_.dict(4, [&] {
      pickle_.text("state_dict");
      write_state_dict();
      pickle_.text("optimizer");
      write_optimizer();
      pickle_.text("global_step");
      pickle_.integer(checkpoint_.global_step);
      pickle_.text("global_epoch");
      pickle_.integer(checkpoint_.global_epoch);
    });

    ZipFile zip(path_);
    zip.add("data.pkl", pickle_.finish());
    zip.add(".format_version", "1");
    zip.add(".storage_alignment", "64");
    zip.add("byteorder", "little");
    for (std::size_t i = 0; i < storages_.size(); ++i) {
      zip.add("data/" + std::to_string(i), storages_[i]);
    }
    zip.commit();
  }

 private:
  void check() const {
    const auto fail = [&](const std::string &why) { throw cannot_write(path_, why); };
    const auto &tensors = checkpoint_.network.tensors;
    if (std::set(checkpoint_.order.begin(), checkpoint_.order.end()).size() !=
            checkpoint_.order.size() ||
        checkpoint_.order.size() != tensors.size()) {
      fail("the order of its state dict does not list each of the " +
           std::to_string(tensors.size()) + " tensors once");
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
        fail("the optimizer state of " + quote(name) + " matches no parameter");
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

  void write_numbers(const std::vector<std::int64_t> &numbers) {
    pickle_.tuple(numbers.size(), [&] {
      for (const auto number : numbers) pickle_.integer(number);
    });
  }

  /// torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks), with
  /// the storage ("storage", class, key, location, count).
  void write_tensor(const FileTensor &tensor) {
    std::vector<std::int64_t> strides(tensor.shape.size());
    std::int64_t step = 1;
    for (std::size_t d = strides.size(); d-- > 0;
         step *= std::max<std::int64_t>(tensor.shape[d], 1)) {
      strides[d] = step;
    }
    pickle_.global("torch._utils", "_rebuild_tensor_v2");
    pickle_.tuple(6, [&] {
      pickle_.tuple(5, [&] {
        pickle_.text("storage");
        pickle_.global("torch", storage_class(tensor.dtype));
        pickle_.text(std::to_string(storages_.size()));
        pickle_.text("cpu");
        pickle_.integer(tensor.elements());
      });
      pickle_.persistent_id();
      pickle_.integer(0);
      write_numbers(tensor.shape);
      write_numbers(strides);
      pickle_.boolean(false);
      pickle_.ordered_dict(0, [] {});
    });
    pickle_.reduce();
    storages_.push_back(tensor.bytes);
  }

  void write_state_dict() {
    pickle_.ordered_dict(checkpoint_.order.size(), [&] {
      for (const auto &name : checkpoint_.order) {
        pickle_.text(name);
        write_tensor(checkpoint_.network.tensors.at(name));
      }
    });
  }

  void write_optimizer() {
    if (!checkpoint_.adam) {
      pickle_.none();
      return;
    }
    std::vector<std::string> parameters;
    std::copy_if(checkpoint_.order.begin(), checkpoint_.order.end(), std::back_inserter(parameters),
                 is_parameter);
    pickle_.dict(2, [&] {
      pickle_.text("state");
      pickle_.dict(checkpoint_.moments.size(), [&] {
        for (std::size_t i = 0; i < parameters.size(); ++i) {
          const auto moments = checkpoint_.moments.find(parameters[i]);
          if (moments == checkpoint_.moments.end()) continue;
          pickle_.integer(static_cast<std::int64_t>(i));
          write_moments(moments->second);
        }
      });
      pickle_.text("param_groups");
      pickle_.list(1, [&] { write_group(*checkpoint_.adam, parameters.size()); });
    });
  }

  void write_moments(const AdamMoments &moments) {
    // PyTorch counts steps in a float32 tensor.
    steps_.push_back(std::make_unique<float>(static_cast<float>(moments.step)));
    const std::span<const float> step(steps_.back().get(), 1);
    pickle_.dict(3, [&] {
      pickle_.text("step");
      write_tensor({DType::F32, {}, std::as_bytes(step)});
      pickle_.text("exp_avg");
      write_tensor(moments.exp_avg);
      pickle_.text("exp_avg_sq");
      write_tensor(moments.exp_avg_sq);
    });
  }

  /// The keys and their order are those of torch.optim.Adam.
  void write_group(const AdamOptions &adam, std::size_t parameters) {
    const auto real = [&](const char *name, double value) {
      pickle_.text(name);
      pickle_.real(value);
    };
    const auto off = [&](const char *name) {
      pickle_.text(name);
      pickle_.boolean(false);
    };
    const auto unset = [&](const char *name) {
      pickle_.text(name);
      pickle_.none();
    };
    pickle_.dict(12, [&] {
      real("lr", adam.learning_rate);
      pickle_.text("betas");
      pickle_.tuple(2, [&] {
        pickle_.real(adam.beta1);
        pickle_.real(adam.beta2);
      });
      real("eps", adam.epsilon);
      pickle_.text("weight_decay");
      // Adam's default is the integer.
      adam.weight_decay == 0 ? pickle_.integer(0) : pickle_.real(adam.weight_decay);
      off("amsgrad");
      off("maximize");
      unset("foreach");
      off("capturable");
      off("differentiable");
      unset("fused");
      off("decoupled_weight_decay");
      pickle_.text("params");
      pickle_.list(parameters, [&] {
        for (std::size_t i = 0; i < parameters; ++i) pickle_.integer(static_cast<std::int64_t>(i));
      });
    });
  }

  const std::filesystem::path &path_;
  const PthTraining &checkpoint_;
  PickleWriter pickle_;
  std::vector<std::span<const std::byte>> storages_;  ///< by key
  std::vector<std::unique_ptr<float>> steps_;
};

}  // namespace

void write_pth_training(const std::filesystem::path &path, const PthTraining &checkpoint) {
  PthWriter(path, checkpoint).run();
}

}  // namespace hyperlips::training
