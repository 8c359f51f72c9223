// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/openvino/openvino_onnx_model.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include <openvino/frontend/manager.hpp>

#include "hyperlips/engine/openvino/openvino_errors.hpp"
#include "hyperlips/error.hpp"
#include "util/file_identity.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

namespace fs = std::filesystem;

/// A compiled model runs one request at a time, and a thread that analyses video spends about half
/// of its time in the face mesh: two do not wait for each other for long.
constexpr long kMostSharers = 2;

using CompiledPtr = std::shared_ptr<ov::CompiledModel>;

FileIdentity identity_of(const fs::path &file) {
  std::error_code error;
  FileIdentity identity = file_identity(file, error);
  if (error)
    throw Error(ErrorKind::NotFound,
                "Cannot open ONNX file " + quote_path(file) + ": " + error.message() + ".");
  return identity;
}

[[noreturn]] void throw_unreadable(const fs::path &file, const std::string &what) {
  throw Error(ErrorKind::Format,
              what + " " + quote_path(file) + "; delete it and run \"./hyperlips setup\" again.");
}

template <class Port>
bool is_plain(const Port &port) {
  return port.get_element_type() == ov::element::f32 && port.get_partial_shape().is_static();
}

/// Unlike ov::Core::read_model(), tries no readers of other formats, which print what they dislike.
std::shared_ptr<ov::Model> read(const fs::path &file) {
  // Leaked, as models must not outlive their reader.
  static auto &manager = *new ov::frontend::FrontEndManager;
  static auto &reader = *new ov::frontend::FrontEnd::Ptr(manager.load_by_framework("onnx"));
  try {
    return reader->convert(reader->load(file.string()));
  } catch (const ov::Exception &) {
    throw_unreadable(file, "OpenVINO cannot read ONNX file");
  }
}

CompiledPtr compile(ov::Core &core, const fs::path &file) {
  try {
    const std::shared_ptr<ov::Model> model = read(file);
    if (model->inputs().size() != 1 || !is_plain(model->input()) ||
        !std::ranges::all_of(model->outputs(), [](const auto &output) { return is_plain(output); }))
      throw_unreadable(file, "Inputs and outputs of another kind than expected in ONNX file");
    // With one stream OpenVINO computes on the thread that calls it, with more on its own threads.
    return std::make_shared<ov::CompiledModel>(core.compile_model(
        model, "CPU", ov::hint::inference_precision(ov::element::f32), ov::num_streams(1),
        ov::inference_num_threads(1), ov::hint::enable_cpu_pinning(false)));
  } catch (...) {
    rethrow_openvino_error("Preparing ONNX file " + quote_path(file));
  }
}

CompiledPtr shared_model(ov::Core &core, const fs::path &file) {
  // Leaked: threads may still open models while the process exits.
  static auto &open = *new std::multimap<FileIdentity, std::weak_ptr<ov::CompiledModel>>;
  static auto &mutex = *new std::mutex;
  const FileIdentity key = identity_of(file);
  // Held while compiling, so that two threads that start together compile once.
  const std::lock_guard lock(mutex);
  std::erase_if(open, [](const auto &entry) { return entry.second.expired(); });
  for (auto [entry, end] = open.equal_range(key); entry != end; ++entry)
    if (entry->second.use_count() < kMostSharers)
      if (CompiledPtr model = entry->second.lock()) return model;
  CompiledPtr model = compile(core, file);
  open.emplace(key, model);
  return model;
}

class OpenvinoOnnxModel : public OnnxModel {
 public:
  OpenvinoOnnxModel(CompiledPtr model, const fs::path &file)
      : model_(std::move(model)), request_(model_->create_infer_request()), file_(file) {
    for (const auto &output : model_->outputs())
      for (const std::string &name : output.get_names()) outputs_.emplace(name, output);
  }

  std::vector<OnnxOutput> run(std::span<const float> input,
                              std::span<const std::string> names) override {
    const std::string running = "Running ONNX file " + quote_path(file_);
    const ov::Shape &shape = model_->input().get_shape();
    if (input.size() != ov::shape_size(shape))
      throw Error(ErrorKind::Failed, running + " failed: its input has " +
                                         std::to_string(ov::shape_size(shape)) + " values, got " +
                                         std::to_string(input.size()) + ".");
    for (const std::string &name : names)
      if (!outputs_.contains(name))
        throw Error(ErrorKind::Failed, running + " failed: it has no output " + quote(name) + ".");
    try {
      request_.set_input_tensor(ov::Tensor(ov::element::f32, shape, input.data()));
      request_.infer();
      std::vector<OnnxOutput> result;
      for (const std::string &name : names) {
        const ov::Tensor tensor = request_.get_tensor(outputs_.at(name));
        result.push_back({tensor.get_shape(), {tensor.data<const float>(), tensor.get_size()}});
      }
      return result;
    } catch (...) {
      rethrow_openvino_error(running);
    }
  }

 private:
  CompiledPtr model_;
  ov::InferRequest request_;
  fs::path file_;
  std::map<std::string, ov::Output<const ov::Node>> outputs_;
};

}  // namespace

std::unique_ptr<OnnxModel> open_openvino_onnx(ov::Core &core, const fs::path &file) {
  CompiledPtr model = shared_model(core, file);
  try {
    return std::make_unique<OpenvinoOnnxModel>(std::move(model), file);
  } catch (...) {
    rethrow_openvino_error("Preparing ONNX file " + quote_path(file));
  }
}

}  // namespace hyperlips
