// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "training/data/crop_pack.hpp"
#include "training/synth/synth_clip.hpp"

namespace hyperlips::training {

struct SynthOptions {
  double hours = 1;  ///< total length; a longer existing data set is not cut
  std::filesystem::path output;
  SynthClipOptions clips;
  std::optional<CropCoding> crops;  ///< write a crop pack with this coding; none: folders
  double validation_share = 0.1;    ///< 0 ... 0.5; at least one clip of two or more, unless 0
  int workers = 0;                  ///< clips made in parallel; 0: one per core
};

struct SynthProgress {
  std::uint64_t done = 0;    ///< complete clips, including `before`
  std::uint64_t clips = 0;   ///< all clips
  std::uint64_t before = 0;  ///< clips of earlier runs
  double clip_seconds = 0;   ///< length of a clip
};

struct SynthReport {
  std::vector<ClipPlan> clips;          ///< the complete clips
  std::vector<std::string> validation;  ///< names, sorted
  std::uint64_t before = 0;             ///< clips of earlier runs
  bool cancelled = false;

  /// Total length of the complete clips.
  double seconds() const;
};

/// Called once before the first clip is made and after each clip, one call at a time.
using SynthCallback = std::function<void(const SynthProgress &)>;

/// Makes a data set of synthetic talking heads: OUTPUT/imgs and OUTPUT/filelists in the published
/// layout, or OUTPUT/synth.crops; and OUTPUT/report.json. The output depends only on the options,
/// not on the number of workers or on interruptions. Called again after it was killed or canceled,
/// it resumes; with more hours it adds clips. Throws Error{Settings} for options out of range and
/// for a folder with another data set, OutputError if OUTPUT cannot be written.
///
///   const std::atomic<bool> cancel = false;
///   make_synthetic_dataset({.hours = 2, .output = "data"}, {}, cancel);
SynthReport make_synthetic_dataset(const SynthOptions &options, const SynthCallback &progress,
                                   const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
