// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "hyperlips/audio/mel.hpp"
#include "training/data/clip_list.hpp"
#include "training/data/clip_truth.hpp"

namespace hyperlips::training {

using MelColumns = std::shared_ptr<const std::vector<MelColumn>>;

/// Source of the pictures and the speech of clips. Remembers what cannot be used. Thread-safe.
class ClipSource {
 public:
  /// Called once for each file or clip that cannot be used, with a message. From any thread, one
  /// call at a time.
  using Report = std::function<void(const std::string &)>;

  explicit ClipSource(Report report) : report_(std::move(report)) {}
  virtual ~ClipSource() = default;

  /// Frame `number` of a clip: CV_8UC3 BGR, scaled bilinearly to size x size. Rejects files that
  /// cannot be used: throws Error{Format} that names the file, as reject() does.
  virtual cv::Mat picture(const Clip &clip, int number, int size) = 0;

  /// The mel spectrogram of a clip's sound. Errors as for picture().
  virtual MelColumns mel(const Clip &clip) = 0;

  /// The landmarks of a frame in pixels of the 128x128 crop; none if the data set has none. Errors
  /// as for picture().
  virtual std::optional<Landmarks> landmarks(const Clip &clip, int number) = 0;

  /// Landmarks, and for synthetic heads mouth poses and phonemes; none if the data set has none.
  /// Errors as for picture().
  virtual std::optional<ClipTruth> truth(const Clip &clip) = 0;

  /// The box of a clip's crops: the published one if the data set does not say it.
  virtual Framing framing(const Clip &clip) = 0;

  /// lip_box() of a frame in a picture of `size` x `size` pixels; none if the data set has no
  /// landmarks.
  std::optional<std::array<float, 4>> lips(const Clip &clip, int number, int size);

  /// Remembers and reports a file that cannot be used. Throws Error{Format} with `reason`, a
  /// message that names it.
  [[noreturn]] void reject(const std::filesystem::path &path, const std::string &reason);

  /// Number of files rejected so far.
  std::int64_t unreadable() const;

 protected:
  /// Throws the same error again for a file that was rejected.
  void throw_if_rejected(const std::filesystem::path &path) const;

 private:
  Report report_;
  mutable std::mutex lock_;                      // guards rejected_
  std::map<std::string, std::string> rejected_;  // reasons by path
  std::mutex report_lock_;
};

}  // namespace hyperlips::training
