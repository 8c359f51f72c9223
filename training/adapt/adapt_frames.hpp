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

/// Some frames of some clips, in order.
struct ChosenFrames {
  std::vector<std::int64_t> indices;  ///< of a HeldOutDataset of the same clips
  std::vector<cv::Mat> crops;         ///< CV_8UC3 BGR, 128x128
  std::vector<Landmarks> landmarks;   ///< in the crop's pixels
  std::vector<OwnCrop> own;           ///< where the clips have them

  std::size_t size() const { return indices.size(); }
};

/// At most `most` frames, evenly spread over all clips.
ChosenFrames spread_frames(const std::vector<std::shared_ptr<const FaceClip>> &clips,
                           std::int64_t most);

/// What the network makes of the frames, as in inference: CV_8UC3 BGR, 128x128. Leaves it on the
/// device, in evaluation mode.
std::vector<cv::Mat> generate(HyperLipsBase &network, const HeldOutDataset &frames,
                              const ChosenFrames &chosen, const torch::Device &device);

/// The frames with the reference's lower half.
std::vector<cv::Mat> paste(const ChosenFrames &frames, const cv::Mat &reference);

/// Columns of pictures of some of the frames beside "reference" and "input": at most `rows` rows,
/// evenly spread. Each column has a name and a picture for each frame.
ContactSheet make_sheet(const ChosenFrames &frames, const cv::Mat &reference,
                        const std::vector<std::pair<std::string, std::vector<cv::Mat>>> &columns,
                        int rows);

/// A run of this part of its steps and its time, at least one of each.
TrainerOptions part_of(TrainerOptions whole, double share);

/// The weights of the best checkpoint of a run. Throws Error{Failed} when there is none.
TensorFile best_weights(const TrainerOptions &run);

/// How far pictures are from the truth.
struct AdaptMeasures {
  double mouth_mae = 0;                ///< in the mouth's box of the crop, 0 ... 1
  std::optional<double> opening_corr;  ///< of the mouth's opening with the truth's, by the mesh
};

/// Measures one picture (128x128) for each frame.
AdaptMeasures measure(FaceMesh &mesh, const ChosenFrames &frames,
                      const std::vector<cv::Mat> &pictures);

}  // namespace hyperlips::training
