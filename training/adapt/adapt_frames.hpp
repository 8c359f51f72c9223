// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hyperlips/face/mesh.hpp"
#include "hyperlips/nn/hyperlips_base.hpp"
#include "training/adapt/adapt_dataset.hpp"
#include "training/evaluate/contact_sheet.hpp"
#include "training/run/trainer.hpp"

namespace hyperlips::training {

/// Frames selected from clips, in order.
struct ChosenFrames {
  std::vector<std::int64_t> indices;  ///< of a HeldOutDataset of the same clips
  std::vector<cv::Mat> crops;         ///< CV_8UC3 BGR, 128x128
  std::vector<Landmarks> landmarks;   ///< in pixels of the crop
  std::vector<NativeCrop> native;     ///< of the clips that have them

  std::size_t size() const { return indices.size(); }
};

/// The distance of at most `most` frames that are evenly spread over all clips.
std::int64_t spread_step(const FootagePart &clips, std::int64_t most);

/// Selects at most `most` frames, evenly spread over all clips.
ChosenFrames spread_frames(const FootagePart &clips, std::int64_t most);

/// The network's output for the frames, as in inference: CV_8UC3 BGR, 128x128. Leaves the network
/// on the device, in evaluation mode.
std::vector<cv::Mat> generate(HyperLipsBase &network, const HeldOutDataset &frames,
                              const ChosenFrames &chosen, const torch::Device &device);

/// A contact sheet with the columns "reference", "input" and the given ones, each with a label and
/// one picture per frame. Shows at most `rows` frames, evenly spread.
ContactSheet make_sheet(const ChosenFrames &frames, const cv::Mat &reference,
                        const std::vector<std::pair<std::string, std::vector<cv::Mat>>> &columns,
                        int rows);

/// The options with steps and time limit multiplied by `share`, at least 1 step and 1 s.
TrainerOptions scale_budget(TrainerOptions whole, double share);

/// The weights of the best checkpoint of a run. Throws Error{Failed} if there is none, or if that
/// in the folder is of a run with other inputs.
TensorFile best_weights(const TrainerOptions &run);

/// Means over frames.
struct AdaptMeasures {
  double mouth_mae = 0;                ///< mouth_error(), 0 ... 1
  std::optional<double> opening_corr;  ///< correlation of the mouth opening with the truth's
};

/// Compares one picture (CV_8UC3 BGR, 128x128) per frame with the frame's crop.
AdaptMeasures measure(FaceMesh &mesh, const ChosenFrames &frames,
                      const std::vector<cv::Mat> &pictures);

}  // namespace hyperlips::training
