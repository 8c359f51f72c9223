// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>

#include "training/data/dataset.hpp"
#include "training/evaluate/contact_sheet.hpp"
#include "training/evaluate/fid.hpp"

namespace hyperlips::training {

/// The mouth in a 128x128 face crop: rows 76 ... 119, columns 36 ... 91.
inline const cv::Rect kMouthInCrop{36, 76, 56, 44};

/// The same in a crop of `size` pixels.
cv::Rect mouth_in_crop(int size);

/// Makes pictures of the shape of "target" out of a batch of "mels" and "face".
using Generate = std::function<torch::Tensor(const Batch &batch)>;

struct DatasetOptions {
  std::uint64_t seed = 0;
  std::int64_t first = 0;     ///< number of the first example
  std::int64_t examples = 0;  ///< 0: the data set's epoch
  int batch = 8;
  int sheet_rows = 0;
  FidNetwork *fid = nullptr;  ///< null: FID is left out
  /// Called after each batch; false ends the evaluation with what was seen until then.
  std::function<bool(std::int64_t examples)> progress;
};

/// Means over pictures.
struct PictureScores {
  double psnr = 0, ssim = 0;  ///< of the whole crop
  double mouth_mae = 0;       ///< in kMouthInCrop, scaled with the picture, 0 ... 1
  std::optional<double> fid;
};

struct DatasetEvaluation {
  std::int64_t examples = 0, pictures = 0, unreadable = 0;
  PictureScores model;
  PictureScores pasted;  ///< for comparison: the truth with the reference's lower half in it
  ContactSheet sheet;    ///< reference, input, output, truth
};

/// Measures a model on examples of a data set: "face" (B, 6, H, H), the input with its lower half
/// empty and the reference, and "target" (B, 3, H, H), both with a time axis as third dimension or
/// without one. Throws Error{Settings} for an empty data set or pictures of another shape.
DatasetEvaluation evaluate_dataset(const Dataset &dataset, const Generate &generate,
                                   const DatasetOptions &options);

}  // namespace hyperlips::training
