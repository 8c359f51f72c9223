// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/audio/mel.hpp"
#include "training/data/clip_list.hpp"

namespace hyperlips::training {

using MelColumns = std::shared_ptr<const std::vector<MelColumn>>;

/// Where the pictures and the speech of clips come from, and a memory of what was of no use.
/// Thread-safe.
class ClipSource {
 public:
  /// Told once for each file or clip that cannot be used, in a full sentence. Called from any
  /// thread, one call at a time.
  using Report = std::function<void(const std::string &)>;

  explicit ClipSource(Report report) : report_(std::move(report)) {}
  virtual ~ClipSource() = default;

  /// Picture `number` of a clip: CV_8UC3 BGR, scaled bilinearly to size x size where it has another
  /// size. Throws Error{Format} that names the file, and remembers and reports it, when it cannot
  /// be used.
  virtual cv::Mat picture(const Clip &clip, int number, int size) = 0;

  /// The mel spectrogram of a clip's sound; errors as above.
  virtual MelColumns mel(const Clip &clip) = 0;

  /// Remembers what was read but cannot serve, and throws Error{Format} with `reason`, a full
  /// sentence that names it.
  [[noreturn]] void refuse(const std::filesystem::path &path, const std::string &reason);

  /// What could not be used so far.
  std::int64_t unreadable() const;

 protected:
  /// Throws as refuse() did, for what it was called for.
  void throw_if_refused(const std::filesystem::path &path) const;

 private:
  Report report_;
  mutable std::mutex lock_;                     // of refused_
  std::map<std::string, std::string> refused_;  // reasons by path
  std::mutex report_lock_;
};

}  // namespace hyperlips::training
