// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "training/adapt/adapt_frames.hpp"
#include "training/data/dataset.hpp"

namespace hyperlips::training {

/// Frames of one person's footage for HRDecoder: what the adapted base network made of each, with
/// the sketch of that picture as inference draws it, and the truth from the frame's own resolution.
/// Batch names: "base", "sketch" (3, 1, 128, 128), "target" (3, 1, size, size), "lips" (1, 4), as
/// in HrStage.
class HrFrames : public Dataset {
 public:
  enum class Order {
    Random,  ///< a frame drawn by seed and index
    Given    ///< the frame `index` modulo their number
  };

  /// frames: with their own crops. generated: a picture (CV_8UC3, 128x128) for each. size: 128, 256
  /// or 512. Throws Error{Settings} when there is no frame.
  HrFrames(const ChosenFrames &frames, std::vector<cv::Mat> generated, FaceMesh &mesh, int size,
           Order order);

  std::int64_t epoch() const override { return std::int64_t(generated_.size()); }
  Batch example(std::uint64_t seed, std::int64_t index) const override;
  std::int64_t unreadable() const override { return 0; }

  /// CV_8UC3, size x size.
  cv::Mat truth(std::size_t frame) const;
  /// What the base network made, and the same enlarged to `size`.
  const cv::Mat &generated(std::size_t frame) const { return generated_[frame]; }
  cv::Mat enlarged(std::size_t frame) const;

 private:
  std::vector<cv::Mat> generated_, sketches_;
  std::vector<OwnCrop> own_;
  std::vector<torch::Tensor> lips_;
  int size_;
  Order order_;
};

}  // namespace hyperlips::training
