// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "training/preprocess/face_clip_reader.hpp"
#include "hyperlips/talk/sound_offset.hpp"
#include "training/sync/sync_offset.hpp"

namespace hyperlips::training {

struct ClipReport {
  std::string name;  ///< SPEAKER/CLIP_NNNN
  double start = 0;  ///< seconds since the first frame of the video
  std::int64_t frames = 0;
  std::optional<SyncOffset> sync;     ///< as measured, before the sound was shifted
  std::optional<SoundOffset> offset;  ///< as measured without an expert, and corrected if certain
};

struct VideoReport {
  std::filesystem::path path;
  std::string speaker, clip;
  std::uint64_t size = 0;     ///< bytes
  std::int64_t modified = 0;  ///< nanoseconds since the epoch
  double seconds = 0;         ///< duration read
  std::vector<ClipReport> clips;
  std::vector<DroppedSegment> dropped;
  std::string error;  ///< why it could not be read to its end; empty: no error
};

struct PreprocessReport {
  std::vector<VideoReport> videos;  ///< sorted by path, including earlier runs
  std::size_t skipped = 0;          ///< videos done by earlier runs
  bool cancelled = false;

  std::vector<std::string> clip_names() const;
  std::int64_t frames() const;
  std::map<std::string, double> dropped_seconds() const;  ///< by reason
  std::size_t failed() const;                             ///< videos with an error
};

nlohmann::json to_json(const VideoReport &video);
/// Inverse of to_json(). Throws nlohmann::json::exception for other JSON.
VideoReport video_report(const nlohmann::json &json);

/// The content of report.json, with totals.
nlohmann::json to_json(const PreprocessReport &report);

}  // namespace hyperlips::training
