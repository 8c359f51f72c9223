// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hyperlips/talk/face_batch.hpp"

#include <algorithm>
#include <array>

namespace hyperlips {

FaceBatch::~FaceBatch() {
  for (Part &part : parts_)
    if (part.done.valid()) part.done.wait();
}

void FaceBatch::add(DueTime due, const std::function<void(Inputs)> &fill) {
  const auto &inputs = network_.info().inputs;
  if (parts_.empty() || parts_.back().faces == part_) {
    parts_.emplace_back().inputs.resize(inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i)
      parts_.back().inputs[i].resize(std::size_t(part_) * inputs[i].bytes());
  }
  Part &part = parts_.back();
  std::vector<std::span<std::byte>> face;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::size_t each = inputs[i].bytes();
    face.push_back(std::span(part.inputs[i]).subspan(std::size_t(part.faces) * each, each));
  }
  fill(face);
  part.due = std::min(part.due, due);
  if (++part.faces == part_) submit(part);
}

void FaceBatch::submit(Part &part) {
  part.output.resize(std::size_t(part.faces) * network_.info().outputs[0].bytes());
  std::vector<std::span<const std::byte>> inputs;
  for (std::size_t i = 0; i < part.inputs.size(); ++i)
    inputs.push_back(std::span(part.inputs[i])
                         .first(std::size_t(part.faces) * network_.info().inputs[i].bytes()));
  const std::array<std::span<std::byte>, 1> outputs{part.output};
  if (start_ == std::chrono::steady_clock::time_point()) start_ = std::chrono::steady_clock::now();
  part.done = network_.submit(part.faces, inputs, outputs, part.due);
}

void FaceBatch::finish() {
  if (parts_.empty()) return;
  if (!parts_.back().done.valid()) submit(parts_.back());
  for (Part &part : parts_) part.done.get();
  time_ = std::chrono::steady_clock::now() - start_;
}

std::span<const std::byte> FaceBatch::output(std::size_t face) const {
  const std::size_t each = network_.info().outputs[0].bytes();
  const Part &part = parts_.at(face / std::size_t(part_));
  return std::span(part.output).subspan(face % std::size_t(part_) * each, each);
}

}  // namespace hyperlips
