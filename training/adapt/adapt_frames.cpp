// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/adapt/adapt_frames.hpp"

#include <algorithm>
#include <cmath>

#include "hyperlips/error.hpp"
#include "hyperlips/face/crop.hpp"
#include "hyperlips/face/tensor.hpp"
#include "training/evaluate/crop_measures.hpp"
#include "training/evaluate/landmark_measures.hpp"
#include "training/run/checkpoint_folder.hpp"
#include "training/run/starting_weights.hpp"
#include "util/quote.hpp"

namespace hyperlips::training {
namespace {

constexpr std::size_t kBatch = 8;

}  // namespace

std::int64_t spread_step(const FootagePart &clips, std::int64_t most) {
  return std::max<std::int64_t>(1, (frames_in(clips) + most - 1) / most);
}

ChosenFrames spread_frames(const FootagePart &clips, std::int64_t most) {
  const std::int64_t every = spread_step(clips, most);
  ChosenFrames chosen;
  std::int64_t index = 0;
  for (const auto &clip : clips) {
    for (std::size_t frame = 0; frame < clip->frames(); ++frame, ++index) {
      if (index % every != 0) continue;
      chosen.indices.push_back(index);
      chosen.crops.push_back(clip->crops[frame]);
      chosen.landmarks.push_back(clip->landmarks[frame]);
      if (!clip->native.empty()) chosen.native.push_back(clip->native[frame]);
    }
  }
  return chosen;
}

std::vector<cv::Mat> generate(HyperLipsBase &network, const HeldOutDataset &frames,
                              const ChosenFrames &chosen, const torch::Device &device) {
  const torch::InferenceMode inference;
  network->to(device);
  network->eval();
  std::vector<cv::Mat> pictures;
  for (std::size_t first = 0; first < chosen.size(); first += kBatch) {
    const std::size_t last = std::min(chosen.size(), first + kBatch);
    std::vector<torch::Tensor> mels, faces;
    for (std::size_t i = first; i < last; ++i) {
      Batch example = frames.example(0, chosen.indices[i]);
      mels.push_back(example.at("mels").squeeze(0));
      faces.push_back(example.at("face").squeeze(1));
    }
    const torch::Tensor made =
        network->forward(torch::stack(mels).to(device), torch::stack(faces).to(device))
            .cpu()
            .contiguous();
    for (std::int64_t i = 0; i < made.size(0); ++i) {
      const torch::Tensor picture = made[i];
      pictures.push_back(picture_from_tensor(
          {picture.const_data_ptr<float>(), std::size_t(picture.numel())}, kCropSize));
    }
  }
  return pictures;
}

ContactSheet make_sheet(const ChosenFrames &frames, const cv::Mat &reference,
                        const std::vector<std::pair<std::string, std::vector<cv::Mat>>> &columns,
                        int rows) {
  ContactSheet sheet{{"reference", "input"}, {}};
  for (const auto &[name, pictures] : columns) sheet.labels.push_back(name);
  const std::size_t wanted = std::min<std::size_t>(std::size_t(std::max(0, rows)), frames.size());
  for (std::size_t row = 0; row < wanted; ++row) {
    const std::size_t i = row * frames.size() / wanted;
    sheet.rows.push_back({reference, mask_lower_half(frames.crops[i])});
    for (const auto &[name, pictures] : columns) sheet.rows.back().push_back(pictures[i]);
  }
  return sheet;
}

TrainerOptions scale_budget(TrainerOptions whole, double share) {
  const auto part = [share](auto count) {
    return count > 0 ? std::max<decltype(count)>(1, std::llround(double(count) * share)) : 0;
  };
  whole.steps = part(whole.steps);
  whole.time = std::chrono::seconds(part(whole.time.count()));
  return whole;
}

TensorFile best_weights(const TrainerOptions &run) {
  const CheckpointFolder folder(run.folder, run.keep, [](const std::string &) {});
  const auto best = folder.best();
  if (!best) {
    throw Error(ErrorKind::Failed, "No validated checkpoint found in " + quote_path(run.folder) +
                                       "; --validate-interval must not be 0.");
  }
  const nlohmann::json inputs = read_checkpoint_state(read_checkpoint(best->path))
                                    .info.value("inputs", nlohmann::json::object());
  for (const auto &[name, value] : run.inputs) {
    if (inputs.contains(name) && inputs[name] == value) continue;
    throw Error(ErrorKind::Failed, "Checkpoint " + quote_path(best->path) +
                                       " is of a run with other inputs (" + name +
                                       "); delete its folder and train again.");
  }
  return starting_weights(best->path);
}

AdaptMeasures measure(FaceMesh &mesh, const ChosenFrames &frames,
                      const std::vector<cv::Mat> &pictures) {
  LandmarkMeasures lips;
  double difference = 0;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    difference += mouth_error(pictures[i], frames.crops[i]);
    const MeshRegion region = mesh_region(frames.landmarks[i]);
    const MouthPoints truth = mouth_points(mesh.run(view_of(frames.crops[i]), region).landmarks);
    const MouthPoints made = mouth_points(mesh.run(view_of(pictures[i]), region).landmarks);
    lips.add(&truth, &made);
  }
  return {difference / double(std::max<std::size_t>(1, pictures.size())),
          lips.scores().opening_correlation};
}

}  // namespace hyperlips::training
