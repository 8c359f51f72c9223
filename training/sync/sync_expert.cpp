// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/sync_expert.hpp"

#include "training/sync/sync_loss.hpp"

namespace hyperlips::training {

SyncExpert::SyncExpert(const TensorFile &file, const torch::Device &device, bool batch_statistics)
    : expert_(load_sync_net(file, device)), batch_statistics_(batch_statistics) {}

torch::Tensor SyncExpert::similarity(const torch::Tensor &mel, const torch::Tensor &faces,
                                     bool training) {
  expert_.network->train(training && batch_statistics_);
  const auto [audio, face] = expert_.network->forward(mel, lower_halves(faces, expert_.face_size));
  return sync_similarity(audio, face);
}

}  // namespace hyperlips::training
