// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <vector>

#include "training/evaluate/evaluate_videos.hpp"

namespace hyperlips::training {

/// Reads a list of results to evaluate, UTF-8 text with a pair per line:
///
///     RESULT<TAB>TRUTH[<TAB>SPEAKER[<TAB>FROM[<TAB>TO]]]
///
/// "-" or nothing stands for no speaker, the first frame and the end. Empty lines and lines that
/// begin with # are ignored. Relative paths are relative to the folder of the list. Throws
/// Error{NotFound} for a file that cannot be read and Error{Format} with file and line for anything
/// else, also for a list without pairs.
std::vector<VideoPaths> read_pair_list(const std::filesystem::path &path);

}  // namespace hyperlips::training
