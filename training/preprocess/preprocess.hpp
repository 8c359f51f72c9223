// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "training/preprocess/face_clip_reader.hpp"
#include "training/preprocess/preprocess_report.hpp"

namespace hyperlips::training {

struct PreprocessOptions {
  std::vector<std::filesystem::path> inputs;  ///< video files, and folders of SPEAKER/CLIP.mp4
  std::filesystem::path output;
  std::uint64_t seed = 0;  ///< for choosing validation clips
  ClipReaderOptions clips;
  /// Stores the crops in imgs at native resolution, up to clips.native_resolution (512 if that is
  /// 0), instead of 128x128.
  bool native_resolution = false;
  bool hr = false;           ///< write HR_Train_Dateset too
  std::string base_model;    ///< HyperLipsBase checkpoint; required with hr
  std::string sync_expert;   ///< SyncNet_color checkpoint; empty: sync is not checked
  int max_offset = 1;        ///< maximum sync offset in frames, 0 ... 15
  bool shift_sound = false;  ///< correct larger offsets instead of dropping the clip
  /// Frames by which the sound is late, which is corrected; none: as ClipOffset measures it in each
  /// clip. Not used with a sync expert.
  std::optional<int> offset;
  std::string device = "auto";  ///< of the base network, as in NetworkOptions
  int jobs = 0;                 ///< videos processed in parallel; 0: one per core
};

struct PreprocessProgress {
  std::size_t done = 0, videos = 0;  ///< videos done, including earlier runs, of all
  std::int64_t clips = 0;            ///< clips made, including earlier runs
  std::string current;               ///< the video that made progress
};

/// Called from several threads, one call at a time.
struct PreprocessCallbacks {
  std::function<void(const PreprocessProgress &)> progress;  ///< after each clip and each video
  std::function<void(const std::string &)> log;              ///< messages for the user
};

/// Makes a data set in the published layout from videos: OUTPUT/imgs, OUTPUT/filelists,
/// OUTPUT/report.json, with hr OUTPUT/HR_Train_Dateset. Skips videos that an earlier run finished
/// and that have not changed since. A video that cannot be read is reported; the others are
/// processed. `cancel` stops early; complete clips are in the lists, and another run resumes.
/// Throws Error{Settings} for invalid options and for options other than those OUTPUT was made
/// with, Error{NotFound} without videos, Error{Format} if no clip could be made, OutputError if
/// OUTPUT cannot be written, and the errors of opening the networks.
///
///   const std::atomic<bool> cancel = false;
///   preprocess({.inputs = {"videos"}, .output = "data"}, {}, cancel);
PreprocessReport preprocess(const PreprocessOptions &options, const PreprocessCallbacks &callbacks,
                            const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
