// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/data/clip_dataset.hpp"

namespace hyperlips::training {

/// The clips usable for HR training. Clip::folder is in GT_IMG.
struct HrClipList {
  std::filesystem::path folder;  ///< with GT_IMG, GT_MASK, GT_SKETCH, HYPER_IMG, HYPER_SKETCH
  ClipList clips;
  std::int64_t uneven = 0;  ///< left out because frames are missing in some of the five folders
};

/// ROOT/HR_Train_Dateset/{GT_IMG,GT_MASK,GT_SKETCH,HYPER_IMG,HYPER_SKETCH}/SPEAKER/CLIP/N.jpg (the
/// published spelling); ROOT may also be the folder with those five. File lists, validation clips
/// and errors as in list_clips(). Sound is not needed.
HrClipList list_hr_clips(const std::filesystem::path &root, ClipListOptions options);

/// First row, last row, first column, last column of the white pixels (>= 128) in a mask (CV_8UC1
/// or CV_8UC3); empty for fewer than two rows or columns. The published code requires exactly 255,
/// which JPEG preserves only well inside the outline.
std::vector<float> white_box(const cv::Mat &mask);

/// Examples for HRDecoder, from five successive frames:
/// "base" (3, 5, 128, 128): output of the base network (HYPER_IMG);
/// "sketch" (3, 5, 128, 128): its landmark sketch, 0 or 1, three equal channels (HYPER_SKETCH);
/// "target" (3, 5, size, size): ground truth (GT_IMG);
/// "lips" (5, 4): white_box() of GT_MASK at the target's size. The published losses leave out the
/// last row and column.
class HrDataset : public ClipDataset {
 public:
  /// clips: HrClipList::clips.train or .validation. size: 128, 256 or 512; throws Error{Settings}
  /// for others.
  HrDataset(std::filesystem::path folder, std::vector<Clip> clips,
            std::shared_ptr<ClipSource> source, int size);

 private:
  Batch draw(const Clip &clip, Random &random) const override;

  std::filesystem::path folder_;
  int size_;
};

}  // namespace hyperlips::training
