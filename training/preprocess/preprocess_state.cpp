// SPDX-License-Identifier: LGPL-2.1-or-later
#include "training/preprocess/preprocess_state.hpp"

#include <nlohmann/json.hpp>

namespace hyperlips::training {

PreprocessState::PreprocessState(const std::filesystem::path &file, const nlohmann::json &options)
    : log_(file, options, [this](const nlohmann::json &line) {
        VideoReport video = video_report(line);
        finished_[video.path] = std::move(video);
      }) {}

void PreprocessState::add(const VideoReport &video) {
  log_.append(to_json(video));
  finished_[video.path] = video;
}

}  // namespace hyperlips::training
