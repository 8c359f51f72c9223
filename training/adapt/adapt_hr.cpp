// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/adapt_hr.hpp"

#include "hyperlips/error.hpp"
#include "hyperlips/face/tensor.hpp"
#include "hyperlips/nn/state_dict.hpp"
#include "training/adapt/degraded_truth.hpp"
#include "training/adapt/hr_frames.hpp"
#include "training/evaluate/crop_measures.hpp"
#include "training/evaluate/picture_measures.hpp"

namespace hyperlips::training {
namespace {

// Successive frames differ little; preparing this many takes at most a minute.
constexpr std::int64_t kLearnedFrames = 1000;
// A 512x512 picture takes a second on a CPU.
constexpr std::int64_t kMeasuredFrames = 48;

std::vector<cv::Mat> generate(HrDecoder &network, const HrFrames &frames, torch::Device device) {
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
    mean.mouth_mae += mouth_error(pictures[i], truths[i]) / double(pictures.size());
  }
  return mean;
}

}  // namespace

void check(const AdaptHrOptions &options) {
  if (!(options.share > 0 && options.share < 1)) {
    throw Error(ErrorKind::Settings,
                "Invalid share of the HR network: expected a number between 0 and 1.");
  }
  if (options.batch < 1)
    throw Error(ErrorKind::Settings, "Invalid batch size of the HR network: expected at least 1.");
}

std::shared_ptr<HrFrames> hr_training_frames(HyperLipsBase &base, const FootageSplit &footage,
                                             int size, FaceMesh &mesh, const torch::Device &device,
                                             MelTiming timing) {
  const ChosenFrames learned = spread_frames(footage.training, kLearnedFrames);
  const ChosenFrames unseen = spread_frames(footage.selection, kMeasuredFrames);
  const HeldOutDataset selection(footage.selection, footage.training.front()->crops.front(), 1,
                                 timing);
  const double blur = matching_blur(unseen.crops, generate(base, selection, unseen, device));
  return std::make_shared<HrFrames>(learned, degraded_truths(learned.crops, blur), mesh, size,
                                    HrFrames::Order::Random);
}

AdaptHrResult adapt_hr(const AdaptHrOptions &options, HyperLipsBase &base,
                       const FootageSplit &footage, const TrainerOptions &whole, int sheet_rows,
                       ProcessGroup &group) {
  const torch::Device &device = options.stage.device;
  const cv::Mat reference = footage.training.front()->crops.front();
  FaceMesh mesh;
  const auto training =
      hr_training_frames(base, footage, options.size(), mesh, device, options.timing);
  const auto inference_on = [&](const FootagePart &clips, const ChosenFrames &frames) {
    return std::make_shared<HrFrames>(
        frames, generate(base, HeldOutDataset(clips, reference, 1, options.timing), frames, device),
        mesh, options.size(), HrFrames::Order::Given);
  };
  const ChosenFrames measured = spread_frames(footage.report, kMeasuredFrames);
  const auto held_out = inference_on(footage.report, measured);
  const auto selection =
      inference_on(footage.selection, spread_frames(footage.selection, kMeasuredFrames));

  AdaptHrResult result;
  result.face_pixels = training->face_pixels();
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
    result.before = measure(generate(network, *held_out, device), truths);
  }

  TrainerOptions trainer_options = scale_budget(whole, options.share);
  trainer_options.folder /= "hr";
  trainer_options.stage = "adapt hr";
  trainer_options.batch = options.batch;
  for (const auto &[name, value] : options.inputs) trainer_options.inputs[name] = value;
  trainer_options.best_by = "lip_l1";
  {
    HrStage stage(options.stage);
    Trainer trainer(stage, training, selection, trainer_options, group);
    result.training = trainer.run();
  }
  result.weights = best_weights(trainer_options);
  load_state_dict(*network, result.weights);
  const std::vector<cv::Mat> pictures = generate(network, *held_out, device);
  result.after = measure(pictures, truths);
  result.sheet =
      make_sheet(measured, reference, {{"output", generated}, {"HR", pictures}, {"truth", truths}},
                 sheet_rows);
  return result;
}

}  // namespace hyperlips::training
