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

/// Destination of finished clips. Clips are added in the order of their numbers, so an interrupted
/// data set is the start of the complete one.
class SynthOutput {
 public:
  virtual ~SynthOutput() = default;

  /// Number of complete clips, which are 0 ... clips() - 1.
  virtual std::uint64_t clips() const = 0;

  /// Compresses a clip, in any thread. Returns a function that adds it, to be called in the order
  /// of the clips, one call at a time; it throws OutputError.
  virtual std::function<void()> prepare(const ClipPlan &plan, FaceClip &&clip) const = 0;

  /// Writes the lists that training needs. `names`: all clips; `validation` (sorted): those held
  /// out. Throws OutputError.
  virtual void finish(std::span<const std::string> names,
                      std::span<const std::string> validation) = 0;
};

/// File name of the pack in a data set.
inline constexpr const char *kPackName = "synth.crops";

/// Opens a folder in the published layout or, with a coding, FOLDER/synth.crops. `options`: those
/// that affect the clips. Throws Error{Settings} if the folder has another data set or one with
/// other options, and OutputError.
std::unique_ptr<SynthOutput> open_synth_output(const std::filesystem::path &folder,
                                               std::optional<CropCoding> coding,
                                               const nlohmann::json &options);

}  // namespace hyperlips::training
