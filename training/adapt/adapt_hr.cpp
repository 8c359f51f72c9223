// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/adapt_hr.hpp"

#include "hyperlips/error.hpp"
#include "hyperlips/face/tensor.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/adapt/hr_frames.hpp"
#include "training/evaluate/evaluate_dataset.hpp"
#include "training/evaluate/picture_measures.hpp"

namespace hyperlips::training {
namespace {

// What the base network makes of a frame changes little from one to the next; of long footage only
// some are prepared, so that this takes a minute at most.
constexpr std::int64_t kLearnedFrames = 1000;
// A picture of 512 takes a second on a CPU.
constexpr std::int64_t kMeasuredFrames = 48;

std::vector<cv::Mat> sharpen(HrDecoder &network, const HrFrames &frames, torch::Device device) {
  const torch::InferenceMode inference;
  network->to(device);
  network->eval();
  std::vector<cv::Mat> pictures;
  for (std::int64_t i = 0; i < frames.epoch(); ++i) {
    const Batch example = frames.example(0, i);
    const torch::Tensor input = torch::cat({example.at("base"), example.at("sketch")}).squeeze(1);
    const torch::Tensor made = network->forward(input.unsqueeze(0).to(device)).cpu().contiguous();
    pictures.push_back(picture_from_tensor(
        {made.const_data_ptr<float>(), std::size_t(made.numel())}, int(made.size(3))));
  }
  return pictures;
}

HrMeasures measure(const std::vector<cv::Mat> &pictures, const std::vector<cv::Mat> &truths) {
  HrMeasures mean;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    mean.psnr += psnr(pictures[i], truths[i]) / double(pictures.size());
    mean.mouth_mae += mean_absolute_error(pictures[i], truths[i], mouth_in_crop(truths[i].cols)) /
                      double(pictures.size());
  }
  return mean;
}

}  // namespace

void check(const AdaptHrOptions &options) {
  if (!(options.share > 0 && options.share < 1)) {
    throw Error(ErrorKind::Settings,
                "The HR network's share of the time must lie between 0 and 1.");
  }
  if (options.batch < 1)
    throw Error(ErrorKind::Settings, "The HR network's batch size must be at least 1.");
}

AdaptHrResult adapt_hr(const AdaptHrOptions &options, HyperLipsBase &base,
                       const HeldOutSplit &footage, const TrainerOptions &whole, int sheet_rows,
                       ProcessGroup &group) {
  const torch::Device &device = options.stage.device;
  const cv::Mat reference = footage.training.front()->crops.front();
  FaceMesh mesh;
  const auto prepare = [&](const std::vector<std::shared_ptr<const FaceClip>> &clips,
                           const ChosenFrames &frames, HrFrames::Order order) {
    return std::make_shared<HrFrames>(
        frames, generate(base, HeldOutDataset(clips, reference), frames, device), mesh,
        options.size(), order);
  };
  const ChosenFrames learned = spread_frames(footage.training, kLearnedFrames);
  const ChosenFrames measured = spread_frames(footage.held_out, kMeasuredFrames);
  const auto training = prepare(footage.training, learned, HrFrames::Order::Random);
  const auto held_out = prepare(footage.held_out, measured, HrFrames::Order::Given);

  AdaptHrResult result;
  for (const OwnCrop &own : learned.own)
    result.face_pixels += double(own.size) / double(learned.own.size());
  std::vector<cv::Mat> truths, enlarged, generated;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    truths.push_back(held_out->truth(i));
    enlarged.push_back(held_out->enlarged(i));
    generated.push_back(held_out->generated(i));
  }
  result.enlarged = measure(enlarged, truths);
  HrDecoder network(options.stage.scale);
  if (options.stage.start) {
    load_state_dict(*network, *options.stage.start);
    result.before = measure(sharpen(network, *held_out, device), truths);
  }

  TrainerOptions trainer_options = part_of(whole, options.share);
  trainer_options.folder /= "hr";
  trainer_options.stage = "adapt hr";
  trainer_options.batch = options.batch;
  trainer_options.best_by = "total";
  {
    HrStage stage(options.stage);
    Trainer trainer(stage, training, held_out, trainer_options, group);
    result.training = trainer.run();
  }
  result.weights = best_weights(trainer_options);
  load_state_dict(*network, result.weights);
  const std::vector<cv::Mat> pictures = sharpen(network, *held_out, device);
  result.after = measure(pictures, truths);
  result.sheet =
      make_sheet(measured, reference, {{"output", generated}, {"HR", pictures}, {"truth", truths}},
                 sheet_rows);
  return result;
}

}  // namespace hyperlips::training
