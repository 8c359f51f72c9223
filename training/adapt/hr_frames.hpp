// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "training/adapt/adapt_frames.hpp"
#include "training/data/dataset.hpp"

namespace hyperlips::training {

/// Data of HRDecoder from one person's footage: pictures of the base network, or pictures like
/// them, their sketch as inference draws it, and the ground truth at native resolution. Batch
/// names: "base", "sketch" (3, 1, 128, 128), "target" (3, 1, size, size), "lips" (1, 4), as in
/// HrStage.
class HrFrames : public Dataset {
 public:
  enum class Order {
    Random,  ///< a random frame for each seed and index
    Given    ///< frame `index` modulo their number
  };

  /// frames: with `native` crops. generated: one picture (CV_8UC3 BGR, 128x128) per frame. size:
  /// 128, 256 or 512. Throws Error{Settings} without frames or native crops.
  HrFrames(const ChosenFrames &frames, std::vector<cv::Mat> generated, FaceMesh &mesh, int size,
           Order order);

  std::int64_t epoch() const override { return std::int64_t(generated_.size()); }
  Batch example(std::uint64_t seed, std::int64_t index) const override;
  std::int64_t unreadable() const override { return 0; }

  /// Mean size of NativeCrop, in pixels.
  double face_pixels() const;
  /// The ground truth, CV_8UC3 BGR, size x size.
  cv::Mat truth(std::size_t frame) const;
  /// The base network's output, CV_8UC3 BGR, 128x128.
  const cv::Mat &generated(std::size_t frame) const { return generated_[frame]; }
  /// The same, enlarged to size x size.
  cv::Mat enlarged(std::size_t frame) const;

 private:
  std::vector<cv::Mat> generated_, sketches_;
  std::vector<NativeCrop> native_;
  std::vector<torch::Tensor> lips_;
  int size_;
  Order order_;
};

}  // namespace hyperlips::training
