// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/losses/sync_expert.hpp"

#include "error.hpp"
#include "model/describe.hpp"
#include "model/registry.hpp"
#include "nn/state_dict.hpp"
#include "training/losses/sync_loss.hpp"

namespace hyperlips::training {
namespace {

int face_size_of(const TensorFile &file) {
  const std::string &name = identify(file).name;
  if (name == "SyncNet_color") return 128;
  if (name == "SyncNet_color 96") return 96;
  throw Error(ErrorKind::Format, "Checkpoint " + quote_path(file.path) + " holds a " + name +
                                     "; the sync expert must be a SyncNet_color.");
}

}  // namespace

SyncExpert::SyncExpert(const TensorFile &file, const torch::Device &device, bool batch_statistics)
    : face_size_(face_size_of(file)),
      network_(SyncNet(face_size_)),
      batch_statistics_(batch_statistics) {
  load_state_dict(*network_, file);
  network_->to(device);
  for (torch::Tensor &parameter : network_->parameters()) parameter.requires_grad_(false);
}

torch::Tensor SyncExpert::similarity(const torch::Tensor &mel, const torch::Tensor &faces,
                                     bool training) {
  network_->train(training && batch_statistics_);
  const auto [audio, face] = network_->forward(mel, lower_halves(faces, face_size_));
  return sync_similarity(audio, face);
}

}  // namespace hyperlips::training
