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
  double hours = 1;  ///< in all; a folder that has more keeps them
  std::filesystem::path output;
  SynthClipOptions clips;
  std::optional<CropCoding> crops;  ///< a pack, with its pictures coded so, instead of folders
  double validation_share = 0.1;    ///< 0 ... 0.5; at least one clip of two or more, unless 0
  int workers = 0;                  ///< clips at once; 0: one for each core
};

struct SynthProgress {
  std::uint64_t done = 0, clips = 0, before = 0;  ///< clips; `done` counts those of `before` too
  double clip_seconds = 0;
};

struct SynthReport {
  std::vector<ClipPlan> clips;          ///< that are complete
  std::vector<std::string> validation;  ///< names, sorted
  std::uint64_t before = 0;             ///< clips of earlier runs
  bool cancelled = false;

  double seconds() const;
};

/// Called once before the first clip is made and after each, by one thread at a time.
using SynthCallback = std::function<void(const SynthProgress &)>;

/// Makes a data set of people who never lived: OUTPUT/imgs and OUTPUT/filelists in the published
/// layout, or OUTPUT/synth.crops; and OUTPUT/report.json. The same options give the same bytes,
/// however many workers there are and however often it was interrupted; a process that was killed
/// or cancelled goes on when it is called again, and more hours add clips. Throws Error{Settings}
/// for options outside their range and for a folder that holds something else, OutputError where it
/// cannot be written.
SynthReport synth(const SynthOptions &options, const SynthCallback &progress,
                  const std::atomic<bool> &cancel);

}  // namespace hyperlips::training
