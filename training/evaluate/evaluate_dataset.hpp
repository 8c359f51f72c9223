// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <functional>
#include <optional>

#include "training/data/dataset.hpp"
#include "training/evaluate/contact_sheet.hpp"
#include "training/evaluate/fid.hpp"

namespace hyperlips::training {

/// Generates pictures of the shape of "target" from a batch with "mels" and "face".
using Generate = std::function<torch::Tensor(const Batch &batch)>;

struct DatasetOptions {
  std::uint64_t seed = 0;
  std::int64_t first = 0;     ///< index of the first example
  std::int64_t examples = 0;  ///< 0: an epoch
  int batch = 8;              ///< examples per batch
  int sheet_rows = 0;         ///< rows of the contact sheet
  FidNetwork *fid = nullptr;  ///< null: no FID
  /// Called after each batch; returning false stops early.
  std::function<bool(std::int64_t examples)> progress;
};

/// Means over pictures.
struct PictureScores {
  double psnr = 0;       ///< of the whole crop, dB
  double ssim = 0;       ///< of the whole crop
  double mouth_mae = 0;  ///< mouth_error(), 0 ... 1
  std::optional<double> fid;
};

struct DatasetEvaluation {
  std::int64_t examples = 0, pictures = 0, unreadable = 0;
  PictureScores model;
  PictureScores pasted;  ///< the baseline of paste_lower_half()
  ContactSheet sheet;    ///< reference, input, output, truth
};

/// Measures a model on examples of a data set: "face" (B, 6, [T,] H, H), the input with its lower
/// half black and the reference, and "target" (B, 3, [T,] H, H). Throws Error{Settings} for an
/// empty data set and for pictures of other shapes.
///
///   const auto generate = [&](const Batch &batch) {
///     return network->forward(batch.at("mels"), batch.at("face"));
///   };
///   std::cout << to_table(evaluate_dataset(dataset, generate, {.examples = 100}));
DatasetEvaluation evaluate_dataset(const Dataset &dataset, const Generate &generate,
                                   const DatasetOptions &options);

}  // namespace hyperlips::training
