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

/// A video that is cut into clips SPEAKER/CLIP_0000, SPEAKER/CLIP_0001, ...
struct SourceVideo {
  std::filesystem::path path;  ///< absolute
  std::string speaker, clip;
  std::uint64_t size = 0;     ///< bytes
  std::int64_t modified = 0;  ///< nanoseconds since the epoch
};

/// Returns the speaker and clip names of a video in earlier runs; none for a new video.
using KnownNames = std::function<std::optional<std::pair<std::string, std::string>>(
    const std::filesystem::path &path)>;

/// The videos in `inputs`, sorted by path: files with any name, and folders, searched recursively
/// for files with the extension of a video. In folders the speaker is the name of the file's
/// folder; a file in `inputs` is a speaker of its own. Names keep letters, digits, "-", "_", "."
/// and non-ASCII characters, and are made unique. Throws Error{NotFound} for an input that does not
/// exist (names it) and if there are no videos.
std::vector<SourceVideo> find_videos(std::span<const std::filesystem::path> inputs,
                                     const KnownNames &known);

}  // namespace hyperlips::training
