// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hyperlips::training {

/// A video to be cut into clips SPEAKER/CLIP_0000, SPEAKER/CLIP_0001, ...
struct SourceVideo {
  std::filesystem::path path;  ///< absolute
  std::string speaker, clip;
  std::uint64_t size = 0;     ///< bytes
  std::int64_t modified = 0;  ///< nanoseconds
};

/// The speaker and clip names that a video had before; none for a new one.
using KnownNames = std::function<std::optional<std::pair<std::string, std::string>>(
    const std::filesystem::path &path)>;

/// The videos that `inputs` name, sorted by path: files of any kind, and folders with everything
/// below them that has a video file's name. In folders the speaker is the name of the folder that
/// the file is in; a file that is named itself is a speaker of its own. Names keep letters, digits,
/// "-", "_", "." and whatever is not ASCII, and are made unique. Throws Error{NotFound} that names
/// an input that is not there, or says that there is no video at all.
std::vector<SourceVideo> find_videos(std::span<const std::filesystem::path> inputs,
                                     const KnownNames &known);

}  // namespace hyperlips::training
