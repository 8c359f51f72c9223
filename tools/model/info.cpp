// SPDX-License-Identifier: LGPL-2.1-or-later
#include <iostream>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"

namespace hyperlips::tool {
namespace {

/// The running statistics of batch norms are saved with the parameters, but not counted.
bool is_parameter(const std::string &name) {
  for (const char *statistic : {"running_mean", "running_var", "num_batches_tracked"}) {
    if (name.ends_with(statistic)) return false;
  }
  return true;
}

struct Summary {
  std::string architecture, problem;
  std::map<std::string, std::size_t> dtypes;
  std::int64_t parameters = 0;
};

Summary summarize(const TensorFile &file) {
  Summary summary;
  try {
    summary.architecture = is_bank(file) ? "OwnMouths" : identify(file).name;
  } catch (const Error &error) {
    summary.problem = error.what();
  }
  for (const auto &[name, tensor] : file.tensors) {
    ++summary.dtypes[to_string(tensor.dtype)];
    if (is_parameter(name)) summary.parameters += tensor.elements();
  }
  return summary;
}

std::string shape_text(const std::vector<std::int64_t> &shape) {
  return nlohmann::json(shape).dump();
}

void print_json(const TensorFile &file, const Summary &summary, bool tensors) {
  nlohmann::ordered_json json{
      {"file", file.path.string()},       {"format", file.format},
      {"architecture", nullptr},          {"tensors", file.tensors.size()},
      {"parameters", summary.parameters}, {"dtypes", summary.dtypes},
      {"metadata", file.metadata},
  };
  if (summary.problem.empty()) {
    json["architecture"] = summary.architecture;
  } else {
    json["problem"] = summary.problem;
  }
  if (tensors) {
    auto &list = json["tensor_list"] = nlohmann::ordered_json::array();
    for (const auto &[name, tensor] : file.tensors) {
      list.push_back({{"name", name}, {"dtype", to_string(tensor.dtype)}, {"shape", tensor.shape}});
    }
  }
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_text(const TensorFile &file, const Summary &summary, bool tensors) {
  std::cout << "File          " << file.path.string() << '\n'
            << "Format        " << file.format << '\n'
            << "Architecture  "
            << (summary.problem.empty() ? summary.architecture : "unknown: " + summary.problem)
            << '\n'
            << "Parameters    " << summary.parameters << '\n'
            << "Tensors       " << file.tensors.size();
  const char *separator = " (";
  for (const auto &[dtype, count] : summary.dtypes) {
    std::cout << separator << count << ' ' << dtype;
    separator = ", ";
  }
  std::cout << (summary.dtypes.empty() ? "\n" : ")\n");
  for (const auto &[key, value] : file.metadata) {
    std::cout << "Metadata      " << key << " = " << value << '\n';
  }
  if (tensors) {
    for (const auto &[name, tensor] : file.tensors) {
      std::cout << name << ' ' << to_string(tensor.dtype) << ' ' << shape_text(tensor.shape)
                << '\n';
    }
  }
}

}  // namespace

int info(const InfoOptions &options) {
  const TensorFile file = read_checkpoint(options.file);
  const Summary summary = summarize(file);
  if (options.json) {
    print_json(file, summary, options.tensors);
  } else {
    print_text(file, summary, options.tensors);
  }
  return 0;
}

}  // namespace hyperlips::tool
