// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/sync/trained_sync_net.hpp"

#include <torch/nn/functional/upsampling.h>

#include "hyperlips/error.hpp"
#include "hyperlips/model/registry.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

int face_size_of(const TensorFile &file) {
  const std::string &name = identify(file).name;
  if (name == "SyncNet_color") return 128;
  if (name == "SyncNet_color 96") return 96;
  throw Error(ErrorKind::Format, "Checkpoint " + quote_path(file.path) + " contains " +
                                     quote(name) + "; expected a sync expert, SyncNet_color.");
}

}  // namespace

TrainedSyncNet load_sync_net(const TensorFile &file, const torch::Device &device) {
  const int face_size = face_size_of(file);
  TrainedSyncNet trained{face_size, SyncNet(face_size)};
  load_state_dict(*trained.network, file);
  trained.network->to(device);
  trained.network->eval();
  for (torch::Tensor &parameter : trained.network->parameters()) parameter.requires_grad_(false);
  return trained;
}

torch::Tensor lower_halves(const torch::Tensor &faces, int face_size) {
  if (faces.dim() != 5 || faces.size(2) != 5) {
    throw Error(ErrorKind::Settings,
                "The sync loss needs windows of 5 faces; set its weight to 0 for other windows.");
  }
  const torch::Tensor halves =
      faces.slice(3, faces.size(3) / 2).permute({0, 2, 1, 3, 4}).flatten(1, 2);
  const std::int64_t width = face_size, height = width / 2;
  if (halves.size(2) == height && halves.size(3) == width) return halves;
  namespace F = torch::nn::functional;
  return F::interpolate(halves, F::InterpolateFuncOptions()
                                    .size(std::vector<std::int64_t>{height, width})
                                    .mode(torch::kBilinear)
                                    .align_corners(false));
}

}  // namespace hyperlips::training
