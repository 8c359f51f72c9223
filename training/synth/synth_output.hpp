// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "training/data/crop_pack.hpp"
#include "training/synth/synth_clip.hpp"

namespace hyperlips::training {

/// Where finished clips go. Clips are added in the order of their numbers, so that what is there
/// after an interruption is the beginning of what will be there in the end.
class SynthOutput {
 public:
  virtual ~SynthOutput() = default;

  /// Clips that are complete: 0 ... clips() - 1.
  virtual std::uint64_t clips() const = 0;

  /// Compresses a clip, on any thread, and gives what adds it, to be called in order, by one thread
  /// at a time. That throws OutputError.
  virtual std::function<void()> prepare(const ClipPlan &plan, FaceClip &&clip) const = 0;

  /// Makes what is there usable for training. `names` are all clips, `validation` (sorted) those
  /// held out. Throws OutputError.
  virtual void finish(std::span<const std::string> names,
                      std::span<const std::string> validation) = 0;
};

/// Name of the pack in the folder of a data set.
inline constexpr const char *kPackName = "synth.crops";

/// A folder in the published layout or, with a coding, FOLDER/synth.crops. `options` decide how
/// clips come out. Throws Error{Settings} where the folder holds another data set or one with other
/// options, and OutputError.
std::unique_ptr<SynthOutput> open_synth_output(const std::filesystem::path &folder,
                                               std::optional<CropCoding> coding,
                                               const nlohmann::json &options);

}  // namespace hyperlips::training
