// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "training/evaluate/evaluate_dataset.hpp"
#include "training/evaluate/evaluate_videos.hpp"

namespace hyperlips::training {

/// All measures by name; what could not be measured is null, what was not asked for is absent.
nlohmann::ordered_json to_json(const VideosEvaluation &evaluation);
nlohmann::ordered_json to_json(const DatasetEvaluation &evaluation);

/// The same for people: a line for each measure, a column for each video or method, aligned.
std::string to_table(const VideosEvaluation &evaluation);
std::string to_table(const DatasetEvaluation &evaluation);

}  // namespace hyperlips::training
