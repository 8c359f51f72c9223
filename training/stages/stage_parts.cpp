// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/stage_parts.hpp"

#include <cmath>

#include "hyperlips/error.hpp"
#include "hyperlips/face/tensor.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {

torch::Tensor batch_tensor(const Batch &batch, const std::string &name,
                           const torch::Device &device) {
  const auto found = batch.find(name);
  if (found == batch.end()) {
    throw Error(ErrorKind::Settings, "The data set has no " + quote(name) +
                                         ", which this stage needs; use a data set prepared for "
                                         "this stage.");
  }
  return found->second.to(device, /*non_blocking=*/true);
}

void check_weights(const std::vector<std::pair<std::string, double>> &weights) {
  double sum = 0;
  for (const auto &[name, weight] : weights) {
    if (!(weight >= 0) || !std::isfinite(weight)) {
      throw Error(ErrorKind::Settings, "The weight of the loss " + quote(name) +
                                           " must be 0 or more, not " + std::to_string(weight) +
                                           ".");
    }
    sum += weight;
  }
  if (sum == 0) {
    throw Error(ErrorKind::Settings, "All losses have weight 0; set at least one to more than 0.");
  }
}

void prepare(torch::nn::Module &network, const std::optional<TensorFile> &start,
             const torch::Device &device) {
  if (start) load_state_dict(network, *start);
  network.to(device);
  // The memory format in which convolutions are fastest, on CPU (oneDNN) and GPU (cuDNN).
  const torch::NoGradGuard no_grad;
  for (torch::Tensor &parameter : network.parameters()) {
    if (parameter.dim() == 4)
      parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

void LossList::add(std::string name, const torch::Tensor &value) {
  names_.push_back(std::move(name));
  values_.push_back(value.detach());
}

Losses LossList::read() const {
  const torch::Tensor values = torch::stack(values_).to(torch::kCPU, torch::kFloat64);
  Losses losses;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    losses.emplace_back(names_[i], values[static_cast<std::int64_t>(i)].item<double>());
  }
  return losses;
}

cv::Mat picture_table(const std::vector<torch::Tensor> &columns) {
  const std::int64_t rows = columns.at(0).size(0);
  const int size = static_cast<int>(columns.at(0).size(3));
  cv::Mat table(static_cast<int>(rows) * size, static_cast<int>(columns.size()) * size, CV_8UC3);
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const torch::Tensor pictures =
        columns[column].detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const std::int64_t floats = pictures[0].numel();
    for (int row = 0; row < rows; ++row) {
      const std::span<const float> tensor(pictures.const_data_ptr<float>() + row * floats,
                                          static_cast<std::size_t>(floats));
      const cv::Rect cell(static_cast<int>(column) * size, row * size, size, size);
      picture_from_tensor(tensor, size).copyTo(table(cell));
    }
  }
  return table;
}

}  // namespace hyperlips::training
