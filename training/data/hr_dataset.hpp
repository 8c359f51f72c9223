// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "training/data/clip_dataset.hpp"

namespace hyperlips::training {

/// The clips that are usable for HR training. Their folders are those of GT_IMG.
struct HrClipList {
  std::filesystem::path folder;  ///< of GT_IMG, GT_MASK, GT_SKETCH, HYPER_IMG and HYPER_SKETCH
  ClipList clips;
  std::int64_t uneven = 0;  ///< left out because the five folders hold different frames
};

/// ROOT/HR_Train_Dateset/{GT_IMG,GT_MASK,GT_SKETCH,HYPER_IMG,HYPER_SKETCH}/SPEAKER/CLIP/N.jpg (the
/// published spelling), or ROOT itself when it holds those five; file lists, validation clips and
/// errors as in list_clips(). Sound is not needed.
HrClipList list_hr_clips(const std::filesystem::path &root, ClipListOptions options);

/// First row, last row, first column, last column of what is white in a mask (CV_8UC1 or CV_8UC3);
/// empty without two of each. Published is 255 exactly, which JPEG keeps only well inside the
/// outline.
std::vector<float> white_box(const cv::Mat &mask);

/// Examples of HRDecoder, from five successive frames:
/// "base" (3, 5, 128, 128): what the base network made (HYPER_IMG);
/// "sketch" (3, 5, 128, 128): its landmark sketch, 0 or 1, three equal channels (HYPER_SKETCH);
/// "target" (3, 5, size, size): the truth (GT_IMG);
/// "lips" (5, 4): first row, last row, first column, last column of the lips in the target, from
/// the white pixels of GT_MASK. The published losses leave out the last row and column.
class HrDataset : public ClipDataset {
 public:
  /// clips: HrClipList::clips.train or .validation. size: 128, 256 or 512, otherwise
  /// Error{Settings}.
  HrDataset(std::filesystem::path folder, std::vector<Clip> clips,
            std::shared_ptr<ClipSource> source, int size);

 private:
  Batch draw(const Clip &clip, Random &random) const override;

  std::filesystem::path folder_;
  int size_;
};

}  // namespace hyperlips::training
