// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "training/evaluate/driven_lips.hpp"
#include "training/evaluate/evaluate_dataset.hpp"
#include "training/evaluate/evaluate_videos.hpp"

namespace hyperlips::training {

/// All measures by name. Measures without a value are null; FID and sync are absent if not
/// requested, and so is what does not apply, such as leak for a result driven by its own sound.
nlohmann::ordered_json to_json(const VideosEvaluation &evaluation);
nlohmann::ordered_json to_json(const DatasetEvaluation &evaluation);
nlohmann::ordered_json to_json(const DrivenLips &lips);
/// "pairs", each as above, and "pooled", the lips of all results.
nlohmann::ordered_json to_json(std::span<const VideosEvaluation> evaluations);

/// A table as text: one line per measure, one column per video, method or sound, aligned.
std::string to_table(const VideosEvaluation &evaluation);
std::string to_table(const DatasetEvaluation &evaluation);
std::string to_table(const DrivenLips &lips);
/// One line per result with the measures of its lips, and one for all, pooled.
std::string to_table(std::span<const VideosEvaluation> evaluations);

}  // namespace hyperlips::training
