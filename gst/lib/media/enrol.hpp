// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "gst/lib/media/media_source.hpp"
#include "hyperlips/talk/enrolment.hpp"

namespace hyperlips {

struct EnrolOptions {
  BankOptions bank;
  std::optional<int> offset;  ///< frames by which the sound of each file is late; none: measured
  /// Seconds of each file, from ... to, whose frames are not used: for tests on them.
  std::optional<std::array<double, 2>> without;
  bool until_full = false;  ///< stop reading once the bank has all frames that it can have
};

/// A file that was read.
struct EnrolledFile {
  std::filesystem::path path;  ///< or the name, if the source has another one
  FootageReport report;
};

/// Makes the bank of the person in video files. `progress` gets the seconds of footage read so far;
/// `cancel` ends it: none is returned. Throws Error that names the file.
std::optional<Bank> enrol(const std::vector<MediaSource> &files, const EnrolOptions &options,
                          const std::atomic<bool> &cancel,
                          const std::function<void(double seconds)> &progress,
                          std::vector<EnrolledFile> &read);

}  // namespace hyperlips
