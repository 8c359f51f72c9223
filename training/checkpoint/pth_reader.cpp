// SPDX-License-Identifier: LGPL-2.1-or-later
// The optimizer of a published training checkpoint: torch.optim.Adam's state_dict(),
// {'state': {id: {'step', 'exp_avg', 'exp_avg_sq'}}, 'param_groups': [{'lr', ..., 'params':
// [id]}]}.
#include <algorithm>
#include <cmath>
#include <iterator>

#include "hyperlips/model/describe.hpp"
#include "hyperlips/model/pickled_state_dict.hpp"
#include "hyperlips/model/pth_parse.hpp"
#include "training/checkpoint/pth_training.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

using pickle::Kind;
using pickle::Value;

constexpr double kMaxSteps = 1e15;

/// Fills in all but `network` and `order` of a checkpoint.
class OptimizerReader {
 public:
  OptimizerReader(PickledTensors &tensors, const TensorFile &network,
                  const std::vector<std::string> &order, PthTraining &checkpoint)
      : tensors_(tensors),
        document_(tensors.document()),
        network_(network),
        order_(order),
        checkpoint_(checkpoint) {}

  void run() {
    const auto &root = document_[document_.root()];
    if (!find(root, "state_dict")) return;
    checkpoint_.global_step = counter(root, "global_step");
    checkpoint_.global_epoch = counter(root, "global_epoch");
    const auto *optimizer = find(root, "optimizer");
    if (!optimizer || optimizer->kind == Kind::None) return;
    if (optimizer->kind != Kind::Dict) fail("is not a dictionary");
    const auto *state = find(*optimizer, "state");
    const auto *groups = find(*optimizer, "param_groups");
    if (!state || state->kind != Kind::Dict) fail("lacks the dictionary 'state'");
    if (!groups || groups->kind != Kind::List) fail("lacks the list 'param_groups'");
    read_state(*state, read_groups(*groups));
  }

 private:
  [[noreturn]] void fail(const std::string &problem) const {
    tensors_.fail(
        "its optimizer " + problem +
        "; expected torch.optim.Adam over all parameters. To use the weights alone, start "
        "from the file (--from) instead of resuming it");
  }

  const Value *find(const Value &dict, std::string_view key) const {
    const auto ref = document_.find(dict, key);
    return ref ? &document_[*ref] : nullptr;
  }

  std::int64_t counter(const Value &root, const char *name) const {
    const auto *value = find(root, name);
    if (!value) return 0;
    if (value->kind != Kind::Int || value->integer < 0) {
      tensors_.fail("its " + quote(name) + " is not a number of steps");
    }
    return value->integer;
  }

  double number(const Value *value, const std::string &subject) const {
    if (value && value->kind == Kind::Int) return static_cast<double>(value->integer);
    if (value && value->kind == Kind::Float && std::isfinite(value->real)) return value->real;
    fail("has " + subject + " that is not a number");
  }

  /// The settings of the first group, which all must have, and the parameters of every group.
  std::vector<std::int64_t> read_groups(const Value &groups) {
    std::vector<std::int64_t> ids;
    for (const auto ref : document_.items(groups)) {
      const auto &group = document_[ref];
      if (group.kind != Kind::Dict) fail("has a parameter group that is not a dictionary");
      const auto options = read_options(group);
      if (!checkpoint_.adam) checkpoint_.adam = options;
      if (options != *checkpoint_.adam) fail("has parameter groups with different settings");
      const auto *params = find(group, "params");
      if (!params || params->kind != Kind::List) fail("has a parameter group without 'params'");
      for (const auto id_ref : document_.items(*params)) {
        const auto &id = document_[id_ref];
        if (id.kind != Kind::Int) fail("has a parameter that is not a number");
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
      fail("lacks the pair of numbers 'betas'");
    }
    if (const auto *amsgrad = find(group, "amsgrad"); amsgrad && amsgrad->integer != 0) {
      fail("is the AMSGrad variant");
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
    std::copy_if(order_.begin(), order_.end(), std::back_inserter(parameters), is_parameter);
    if (ids.size() != parameters.size()) {
      fail("has " + std::to_string(ids.size()) + " parameters, but the state dict has " +
           std::to_string(parameters.size()));
    }
    std::map<std::int64_t, std::string> names;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!names.emplace(ids[i], parameters[i]).second) fail("lists a parameter twice");
    }
    for (const auto &[key_ref, value_ref] : document_.entries(state)) {
      const auto &key = document_[key_ref];
      const auto &value = document_[value_ref];
      const auto name = key.kind == Kind::Int ? names.find(key.integer) : names.end();
      if (name == names.end()) fail("has the state of a parameter that is in no parameter group");
      if (value.kind != Kind::Dict) fail("has a state that is not a dictionary");
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
    if (!value || value->kind != Kind::Object) fail("lacks the tensor " + subject);
    auto moment = tensors_.read("the optimizer's " + subject, *value);
    const auto &shape = network_.tensors.at(parameter).shape;
    if (moment.shape != shape) {
      fail("has " + subject + " of shape " + describe_shape(moment.shape) +
           ", but the parameter has " + describe_shape(shape));
    }
    return moment;
  }

  /// A number; since PyTorch 1.12 a tensor of one number.
  std::int64_t read_step(const std::string &parameter, const Value &state) {
    const auto subject = "a step of " + quote(parameter);
    const auto *value = find(state, "step");
    double step = 0;
    if (value && value->kind == Kind::Object) {
      const auto tensor = tensors_.read("the optimizer's " + subject, *value);
      if (tensor.elements() != 1) fail("has " + subject + " that is not a number");
      step = tensor.to_float()[0];
    } else {
      step = number(value, subject);
    }
    if (!(step >= 0 && step < kMaxSteps)) fail("has " + subject + " out of range");
    return static_cast<std::int64_t>(step);
  }

  PickledTensors &tensors_;
  const pickle::Document &document_;
  const TensorFile &network_;
  const std::vector<std::string> &order_;
  PthTraining &checkpoint_;
};

}  // namespace

bool is_parameter(std::string_view name) {
  const auto dot = name.rfind('.');
  const auto last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  return last != "running_mean" && last != "running_var" && last != "num_batches_tracked";
}

PthTraining read_pth_training(const std::filesystem::path &path) {
  PthTraining checkpoint;
  const auto read_rest = [&](PickledTensors &tensors, const TensorFile &network,
                             const std::vector<std::string> &order) {
    OptimizerReader(tensors, network, order, checkpoint).run();
    checkpoint.order = order;
  };
  checkpoint.network = read_pth(path, read_rest);
  return checkpoint;
}

}  // namespace hyperlips::training
