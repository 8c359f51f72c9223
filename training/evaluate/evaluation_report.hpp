// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "training/evaluate/evaluate_dataset.hpp"
#include "training/evaluate/evaluate_videos.hpp"

namespace hyperlips::training {

/// All measures by name. Measures without a value are null; FID and sync are absent if not
/// requested.
nlohmann::ordered_json to_json(const VideosEvaluation &evaluation);
nlohmann::ordered_json to_json(const DatasetEvaluation &evaluation);

/// A table as text: one line per measure, one column per video or method, aligned.
std::string to_table(const VideosEvaluation &evaluation);
std::string to_table(const DatasetEvaluation &evaluation);

}  // namespace hyperlips::training
