// SPDX-License-Identifier: LGPL-2.1-or-later
// The optimizer of a published training checkpoint: torch.optim.Adam's state_dict(),
// {'state': {id: {'step', 'exp_avg', 'exp_avg_sq'}}, 'param_groups': [{'lr', ..., 'params':
// [id]}]}.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/pickled_state_dict.hpp"
#include "util/quote.hpp"

namespace hyperlips {
namespace {

using pickle::Kind;
using pickle::Value;

constexpr double kLongestTraining = 1e15;  // steps

class OptimizerReader {
 public:
  OptimizerReader(PickledTensors &tensors, PthTraining &checkpoint)
      : tensors_(tensors), document_(tensors.document()), checkpoint_(checkpoint) {}

  void run() {
    const auto &root = document_[document_.root()];
    if (!find(root, "state_dict")) return;
    checkpoint_.global_step = counter(root, "global_step");
    checkpoint_.global_epoch = counter(root, "global_epoch");
    const auto *optimizer = find(root, "optimizer");
    if (!optimizer || optimizer->kind == Kind::None) return;
    if (optimizer->kind != Kind::Dict) fail("is no dictionary");
    const auto *state = find(*optimizer, "state");
    const auto *groups = find(*optimizer, "param_groups");
    if (!state || state->kind != Kind::Dict) fail("has no dictionary 'state'");
    if (!groups || groups->kind != Kind::List) fail("has no list 'param_groups'");
    read_state(*state, read_groups(*groups));
  }

 private:
  [[noreturn]] void fail(const std::string &problem) const {
    tensors_.fail("its optimizer " + problem +
                  "; expected the Adam of a training script over all parameters. To use only the "
                  "network, start from the file instead of continuing it");
  }

  const Value *find(const Value &dict, std::string_view key) const {
    const auto ref = document_.find(dict, key);
    return ref ? &document_[*ref] : nullptr;
  }

  std::int64_t counter(const Value &root, const char *name) const {
    const auto *value = find(root, name);
    if (!value) return 0;
    if (value->kind != Kind::Int || value->integer < 0) {
      tensors_.fail("its " + quote(name) + " is no number of steps");
    }
    return value->integer;
  }

  double number(const Value *value, const std::string &subject) const {
    if (value && value->kind == Kind::Int) return static_cast<double>(value->integer);
    if (value && value->kind == Kind::Float && std::isfinite(value->real)) return value->real;
    fail("has " + subject + " that is no number");
  }

  /// Settings of the first group, which must hold for all, and every group's parameters in turn.
  std::vector<std::int64_t> read_groups(const Value &groups) {
    std::vector<std::int64_t> ids;
    for (const auto ref : document_.items(groups)) {
      const auto &group = document_[ref];
      if (group.kind != Kind::Dict) fail("has a parameter group that is no dictionary");
      const auto options = read_options(group);
      if (!checkpoint_.adam) checkpoint_.adam = options;
      if (options != *checkpoint_.adam) fail("has parameter groups with different settings");
      const auto *params = find(group, "params");
      if (!params || params->kind != Kind::List) fail("has a parameter group without 'params'");
      for (const auto id_ref : document_.items(*params)) {
        const auto &id = document_[id_ref];
        if (id.kind != Kind::Int) fail("has a parameter that is no number");
        ids.push_back(id.integer);
      }
    }
    if (!checkpoint_.adam) fail("has no parameter group");
    return ids;
  }

  AdamOptions read_options(const Value &group) const {
    const auto *betas = find(group, "betas");
    if (!betas || (betas->kind != Kind::Tuple && betas->kind != Kind::List) ||
        document_.items(*betas).size() != 2) {
      fail("has no two numbers 'betas'");
    }
    if (const auto *amsgrad = find(group, "amsgrad"); amsgrad && amsgrad->integer != 0) {
      fail("is the variant 'amsgrad'");
    }
    const auto pair = document_.items(*betas);
    return {.learning_rate = number(find(group, "lr"), "a learning rate 'lr'"),
            .beta1 = number(&document_[pair[0]], "a beta"),
            .beta2 = number(&document_[pair[1]], "a beta"),
            .epsilon = number(find(group, "eps"), "an 'eps'"),
            .weight_decay = number(find(group, "weight_decay"), "a 'weight_decay'")};
  }

  void read_state(const Value &state, const std::vector<std::int64_t> &ids) {
    std::vector<std::string> parameters;
    std::copy_if(checkpoint_.order.begin(), checkpoint_.order.end(), std::back_inserter(parameters),
                 is_parameter);
    if (ids.size() != parameters.size()) {
      fail("has " + std::to_string(ids.size()) + " parameters, but the state dict has " +
           std::to_string(parameters.size()));
    }
    std::map<std::int64_t, std::string> names;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!names.emplace(ids[i], parameters[i]).second) fail("has a parameter twice");
    }
    for (const auto &[key_ref, value_ref] : document_.entries(state)) {
      const auto &key = document_[key_ref];
      const auto &value = document_[value_ref];
      const auto name = key.kind == Kind::Int ? names.find(key.integer) : names.end();
      if (name == names.end()) fail("has the state of a parameter that is in no group");
      if (value.kind != Kind::Dict) fail("has a state that is no dictionary");
      auto moments = read_moments(name->second, value);
      if (!checkpoint_.moments.emplace(name->second, std::move(moments)).second) {
        fail("has the state of " + quote(name->second) + " twice");
      }
    }
  }

  AdamMoments read_moments(const std::string &parameter, const Value &state) {
    AdamMoments moments{read_step(parameter, state), read_moment(parameter, state, "exp_avg"),
                        read_moment(parameter, state, "exp_avg_sq")};
    return moments;
  }

  FileTensor read_moment(const std::string &parameter, const Value &state, const char *what) {
    const auto subject = std::string(what) + " of " + quote(parameter);
    const auto *value = find(state, what);
    if (!value || value->kind != Kind::Object) fail("has no tensor " + subject);
    auto moment = tensors_.read("the optimizer's " + subject, *value);
    const auto &shape = checkpoint_.network.tensors.at(parameter).shape;
    if (moment.shape != shape) {
      fail("has " + subject + " in shape " + describe_shape(moment.shape) +
           ", but the parameter has " + describe_shape(shape));
    }
    return moment;
  }

  /// A number, or a tensor with one since PyTorch 1.12.
  std::int64_t read_step(const std::string &parameter, const Value &state) {
    const auto subject = "a step of " + quote(parameter);
    const auto *value = find(state, "step");
    double step = 0;
    if (value && value->kind == Kind::Object) {
      const auto tensor = tensors_.read("the optimizer's " + subject, *value);
      if (tensor.elements() != 1) fail("has " + subject + " that is no number");
      step = tensor.to_float()[0];
    } else {
      step = number(value, subject);
    }
    if (!(step >= 0 && step < kLongestTraining)) fail("has " + subject + " out of range");
    return static_cast<std::int64_t>(step);
  }

  PickledTensors &tensors_;
  const pickle::Document &document_;
  PthTraining &checkpoint_;
};

}  // namespace

bool is_parameter(std::string_view name) {
  const auto dot = name.rfind('.');
  const auto last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  return last != "running_mean" && last != "running_var" && last != "num_batches_tracked";
}

void read_optimizer(PickledTensors &tensors, PthTraining &checkpoint) {
  OptimizerReader(tensors, checkpoint).run();
}

}  // namespace hyperlips
