// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <tuple>

#include "common/temporary_folder.hpp"
#include "options.hpp"

namespace hyperlips::bench {

/// What a clip shows. 25 frames a second.
struct ClipKind {
  int height = 720;  ///< of 16:9
  int seconds = 10;
  int faces = 1;

  int width() const { return (height * 16 / 9 + 1) / 2 * 2; }
  auto operator<=>(const ClipKind &) const = default;
};

/// Files for the sections, made when they are first asked for and removed at the end: synthetic
/// people, or the video of --video in other sizes. All functions throw Error if a file cannot be
/// made.
class Clips {
 public:
  static constexpr int kFrameRate = 25;

  explicit Clips(const Options &options) : source_(options.video) {}

  /// Whether there are clips of this kind: --video shows only the faces and seconds that it has.
  bool possible(const ClipKind &kind) const;
  /// H.264 without sound, MP4.
  const std::filesystem::path &video(const ClipKind &kind) const;
  /// The sound of --video, or the speech of another person, of at least these seconds.
  const std::filesystem::path &speech(int seconds) const;

  const std::filesystem::path &folder() const { return folder_.path(); }

 private:
  double source_seconds() const;

  std::filesystem::path source_;
  test::TemporaryFolder folder_;
  mutable double source_seconds_ = -1;
  mutable std::map<ClipKind, std::filesystem::path> videos_;
  mutable std::map<int, std::filesystem::path> speeches_;
};

}  // namespace hyperlips::bench
