// SPDX-License-Identifier: LGPL-2.1-or-later
// Generated stand-ins for checkpoints, and plain loops to check networks against.
#pragma once

#include <cmath>
#include <memory>

#include <torch/types.h>

#include "hyperlips/model/tensor_file.hpp"

namespace hyperlips::training::test {

/// A checkpoint that is made in memory.
class MadeCheckpoint {
 public:
  explicit MadeCheckpoint(const std::string &path) : values_(std::make_shared<Values>()) {
    file_.path = path;
    file_.format = "pth (zip)";
    file_.storage = values_;
  }

  /// Values in -scale ... scale that follow from the seed (or in 0 ... scale).
  void add(const std::string &name, const std::vector<std::int64_t> &shape, double scale,
           bool positive = false) {
    std::int64_t elements = 1;
    for (const std::int64_t size : shape) elements *= size;
    std::vector<float> &values = values_->emplace_back();
    values.reserve(elements);
    for (std::int64_t i = 0; i < elements; ++i) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      const double uniform = static_cast<double>(state_ >> 40) / (1 << 24);
      values.push_back(static_cast<float>(scale * (positive ? uniform : 2 * uniform - 1)));
    }
    file_.tensors[name] = {DType::F32, shape, std::as_bytes(std::span<const float>(values))};
  }

  std::vector<float> &values(const std::string &name) {
    for (std::vector<float> &values : *values_) {
      if (static_cast<const void *>(values.data()) == file_.tensors.at(name).bytes.data()) {
        return values;
      }
    }
    throw std::out_of_range(name);
  }

  TensorFile &file() { return file_; }

 private:
  using Values = std::vector<std::vector<float>>;
  std::shared_ptr<Values> values_;
  std::uint64_t state_ = 1;
  TensorFile file_;
};

/// What torchvision's vgg16 and vgg19 files say: layer numbers and channels of the convolutions.
struct VggConvolution {
  int layer;
  std::int64_t in, out;
};

inline const std::vector<VggConvolution> kVgg16Convolutions{
    {0, 3, 64},     {2, 64, 64},    {5, 64, 128},   {7, 128, 128},  {10, 128, 256},
    {12, 256, 256}, {14, 256, 256}, {17, 256, 512}, {19, 512, 512}, {21, 512, 512},
    {24, 512, 512}, {26, 512, 512}, {28, 512, 512}};
inline const std::vector<int> kVgg16Pools{4, 9, 16, 23};

inline const std::vector<VggConvolution> kVgg19Convolutions{
    {0, 3, 64},     {2, 64, 64},    {5, 64, 128},   {7, 128, 128},  {10, 128, 256}, {12, 256, 256},
    {14, 256, 256}, {16, 256, 256}, {19, 256, 512}, {21, 512, 512}, {23, 512, 512}, {25, 512, 512},
    {28, 512, 512}, {30, 512, 512}, {32, 512, 512}, {34, 512, 512}};
inline const std::vector<int> kVgg19Pools{4, 9, 18, 27};

inline MadeCheckpoint made_vgg(const std::string &path,
                               const std::vector<VggConvolution> &convolutions) {
  MadeCheckpoint checkpoint(path);
  for (const VggConvolution &layer : convolutions) {
    const std::string name = "features." + std::to_string(layer.layer);
    // Of tiny pictures a single pixel is left in the end: eight of nine weights meet the border.
    const double met = &layer + 4 < convolutions.data() + convolutions.size() ? 9 : 1;
    checkpoint.add(name + ".weight", {layer.out, layer.in, 3, 3},
                   std::sqrt(6 / (met * static_cast<double>(layer.in))));
    checkpoint.add(name + ".bias", {layer.out}, 0.1);
  }
  checkpoint.add("classifier.0.weight", {2, 3}, 1);
  return checkpoint;
}

inline MadeCheckpoint made_lpips(const std::string &path) {
  MadeCheckpoint checkpoint(path);
  const std::int64_t channels[] = {64, 128, 256, 512, 512};
  for (int i = 0; i < 5; ++i) {
    checkpoint.add("lin" + std::to_string(i) + ".model.1.weight", {1, channels[i], 1, 1}, 0.5,
                   true);
  }
  return checkpoint;
}

}  // namespace hyperlips::training::test
