// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/stages/sync_stage.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <opencv2/imgproc.hpp>
#include <torch/utils.h>

#include "training/stages/autocast.hpp"
#include "training/stages/freeze.hpp"
#include "training/sync/sync_loss.hpp"

namespace hyperlips::training {
namespace {

torch::Tensor labels_of(const Batch &batch, const torch::Device &device) {
  return batch_tensor(batch, "label", device).to(torch::kFloat32).flatten();
}

torch::Tensor measure(const torch::Tensor &similarity, const torch::Tensor &labels,
                      LossList &list) {
  const torch::Tensor loss = sync_loss(similarity, labels);
  list.add("total", loss);
  list.add("accuracy", ((similarity > 0.5) == (labels > 0.5)).to(torch::kFloat32).mean());
  return loss;
}

}  // namespace

SyncStage::SyncStage(const SyncStageOptions &options)
    : options_(options), face_size_(options.face_size), learning_rate_(options.learning_rate) {
  torch::manual_seed(options_.seed);
  model_ = SyncNet(face_size_);
  prepare(*model_, options_.start, options_.device);
  freeze(*model_, options_.frozen);
  options_.start = std::nullopt;
}

std::vector<Trained> SyncStage::trained() {
  // Adam's default betas, unlike the generators.
  return {{"model",
           face_size_ == 128 ? "SyncNet_color" : "SyncNet_color " + std::to_string(face_size_),
           model_.ptr(),
           learning_rate_,
           {0.9, 0.999},
           options_.part_rates}};
}

torch::Tensor SyncStage::similarity(const Batch &batch) {
  const torch::Tensor mel = batch_tensor(batch, "mel", options_.device);
  const torch::Tensor faces = batch_tensor(batch, "faces", options_.device);
  const Autocast autocast(options_.device.type(), options_.bf16);
  const auto [audio, face] = model_->forward(mel, faces);
  return sync_similarity(audio, face);
}

Losses SyncStage::accumulate(const Batch &batch, double weight) {
  use_mode(*model_, !options_.keep_norms);
  LossList list;
  (weight * measure(similarity(batch), labels_of(batch, options_.device), list)).backward();
  return list.read();
}

Losses SyncStage::validate(const Batch &batch) {
  const torch::NoGradGuard no_grad;
  use_mode(*model_, false);
  LossList list;
  measure(similarity(batch), labels_of(batch, options_.device), list);
  return list.read();
}

cv::Mat SyncStage::sample_grid(const Batch &batch, int rows) {
  const torch::NoGradGuard no_grad;
  use_mode(*model_, false);
  Batch shown;
  for (const char *name : {"mel", "faces", "label"}) {
    shown[name] = batch_tensor(batch, name, options_.device).slice(0, 0, std::max(rows, 1));
  }
  const torch::Tensor similarities = similarity(shown).to(torch::kCPU);
  const torch::Tensor labels = labels_of(shown, torch::kCPU);

  // The upper halves, which the batch does not contain, are black.
  const torch::Tensor &halves = shown["faces"];
  const torch::Tensor faces = torch::cat({torch::zeros_like(halves), halves}, 2);
  cv::Mat table = picture_table(faces.split(3, 1));
  const int size = table.cols / 5, bar = size / 8;
  for (int row = 0; row < static_cast<int>(labels.size(0)); ++row) {
    const bool matching = labels[row].item<float>() > 0.5f;
    const int length = cvRound(table.cols * similarities[row].item<double>());
    cv::rectangle(table, {0, row * size + size / 2 - 2 * bar, length, bar},
                  matching ? cv::Scalar(0, 200, 0) : cv::Scalar(0, 0, 200), cv::FILLED);
  }
  return table;
}

std::string sync_plateau_note(double mean_loss, std::int64_t step) {
  constexpr double kWidth = 0.01;
  constexpr std::int64_t kUsualEnd = 150'000, kSuspicious = 400'000;
  if (!(std::abs(mean_loss - std::numbers::ln2) < kWidth)) return {};
  const std::string plateau =
      "The loss is at 0.69 (ln 2): the sync expert does not distinguish matching from other speech "
      "yet. ";
  if (step < kUsualEnd) return plateau + "This is normal for the first 100 000 steps or more.";
  if (step < kSuspicious)
    return plateau + "With most data sets it does by now; some take twice as long.";
  return plateau +
         "After so many steps the cause is probably the data: too few speakers or hours, or audio "
         "out of sync with the video.";
}

}  // namespace hyperlips::training
