// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/engine/openvino/openvino_backend.hpp"

#include <algorithm>
#include <cstring>

#include "hyperlips/engine/openvino/openvino_errors.hpp"
#include "hyperlips/engine/openvino/openvino_graph.hpp"
#include "hyperlips/graph/split.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

/// 0 ... 1 to 0 ... 255, rounded. Also converts NaN to 0.
void to_pixels(const float *values, std::size_t count, std::byte *out) {
  for (std::size_t i = 0; i < count; ++i) {
    const float value = values[i] > 0 ? std::min(values[i], 1.0f) : 0.0f;
    out[i] = static_cast<std::byte>(static_cast<int>(255 * value + 0.5f));
  }
}

ov::AnyMap settings_for(ov::element::Type precision, int threads) {
  return {ov::hint::inference_precision(precision),
          ov::hint::performance_mode(ov::hint::PerformanceMode::LATENCY), ov::num_streams(1),
          ov::inference_num_threads(threads),
          // The program decides where its threads run.
          ov::hint::enable_cpu_pinning(false)};
}

}  // namespace

OpenvinoBackend::Stage::Stage(ov::Core &core, const Graph &graph, const ov::AnyMap &settings)
    : inputs(inputs_of(graph)),
      request(core.compile_model(make_openvino_model(graph, kMostSamples), "CPU", settings)
                  .create_infer_request()) {}

OpenvinoBackend::OpenvinoBackend(ov::Core &core, const Graph &graph, const DeviceChoice &choice,
                                 const std::string &name)
    : name_(name), inputs_(inputs_of(graph)), outputs_(outputs_of(graph)) {
  try {
    const ov::AnyMap precise = settings_for(ov::element::f32, choice.threads);
    if (choice.precision == Precision::Fp32) {
      rest_.emplace(core, graph, precise);
      return;
    }
    const SplitGraph split = split_precise(graph);
    if (!split.precise.outputs.empty()) precise_.emplace(core, split.precise, precise);
    rest_.emplace(core, split.rest, settings_for(ov::element::bf16, choice.threads));
  } catch (...) {
    rethrow_openvino_error("Loading network " + quote(name_));
  }
}

/// Sets those inputs of a stage that are the network's own.
void OpenvinoBackend::set_inputs(Stage &stage, int samples, NetworkInputs inputs,
                                 std::size_t offset) {
  for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
    const auto own = std::ranges::find(inputs_, stage.inputs[i].name, &TensorInfo::name);
    if (own == inputs_.end()) continue;
    ov::Shape shape{static_cast<std::size_t>(samples)};
    shape.insert(shape.end(), own->shape.begin(), own->shape.end());
    const std::byte *values = inputs[own - inputs_.begin()].data() + offset * own->bytes();
    stage.request.set_input_tensor(i, ov::Tensor(own->pixels ? ov::element::u8 : ov::element::f32,
                                                 shape, const_cast<std::byte *>(values)));
  }
}

void OpenvinoBackend::infer(int samples, NetworkInputs inputs, NetworkOutputs outputs,
                            std::size_t offset) {
  set_inputs(*rest_, samples, inputs, offset);
  if (precise_) {
    set_inputs(*precise_, samples, inputs, offset);
    precise_->request.infer();
    const std::size_t handed_over = precise_->request.get_compiled_model().outputs().size();
    const std::size_t own = rest_->inputs.size() - handed_over;
    for (std::size_t i = 0; i < handed_over; ++i)
      rest_->request.set_input_tensor(own + i, precise_->request.get_output_tensor(i));
  }
  rest_->request.infer();
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const TensorInfo &output = outputs_[i];
    const ov::Tensor tensor = rest_->request.get_output_tensor(i);
    const std::size_t count = output.values() * std::size_t(samples);
    std::byte *out = outputs[i].data() + offset * output.bytes();
    if (output.pixels) {
      to_pixels(tensor.data<float>(), count, out);
    } else {
      std::memcpy(out, tensor.data<float>(), count * sizeof(float));
    }
  }
}

void OpenvinoBackend::compute(int batch, NetworkInputs inputs, NetworkOutputs outputs,
                              const std::function<void()> &pause) {
  try {
    for (int done = 0; done < batch; done += kMostSamples) {
      if (done > 0) pause();
      infer(std::min(kMostSamples, batch - done), inputs, outputs, std::size_t(done));
    }
  } catch (...) {
    rethrow_openvino_error("Running network " + quote(name_));
  }
}

}  // namespace hyperlips
