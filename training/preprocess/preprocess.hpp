// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "training/preprocess/face_clip_reader.hpp"
#include "training/preprocess/preprocess_report.hpp"

namespace hyperlips::training {

struct PreprocessOptions {
  std::vector<std::filesystem::path> inputs;  ///< video files, and folders with SPEAKER/CLIP.mp4
  std::filesystem::path output;
  std::uint64_t seed = 0;  ///< of the validation clips
  ClipReaderOptions clips;
  /// Stores the crops in imgs at the face's own resolution, up to clips.own_resolution (512 when
  /// that is 0), instead of at 128x128.
  bool own_resolution = false;
  bool hr = false;              ///< HR_Train_Dateset too
  std::string base_model;       ///< HyperLipsBase checkpoint; needed with hr
  std::string sync_expert;      ///< SyncNet_color checkpoint; empty: the sound is not checked
  int max_offset = 1;           ///< frames by which the sound may be off
  bool shift_sound = false;     ///< moves sound that is further off, instead of dropping the clip
  std::string device = "auto";  ///< of the base network
  int jobs = 0;                 ///< videos at once; 0: one for each core
};

struct PreprocessProgress {
  std::size_t done = 0, videos = 0;  ///< videos; those done earlier count as done
  std::int64_t clips = 0;            ///< made so far, by earlier runs too
  std::string current;               ///< the video that this is about
};

/// Called from several threads, but never at the same time.
struct PreprocessCallbacks {
  std::function<void(const PreprocessProgress &)> progress;  ///< after each clip and each video
  std::function<void(const std::string &)> log;              ///< what a user should know
};

/// Makes a data set in the published layout out of videos: OUTPUT/imgs, OUTPUT/filelists,
/// OUTPUT/report.json, with hr OUTPUT/HR_Train_Dateset. Videos that were finished earlier and have
/// not changed since are skipped. A video that cannot be read is reported, and the others go on.
/// `cancel` ends it early; what is complete is then in the lists, and another run goes on. Throws
/// Error{Settings} for options that make no sense or differ from those that OUTPUT was made with,
/// Error{NotFound} where there is no video, Error{Format} where not one clip was made, OutputError
/// where OUTPUT cannot be written, and what opening the networks throws.
PreprocessReport preprocess(const PreprocessOptions &options, const PreprocessCallbacks &callbacks,
                            const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
