// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace hyperlips::training {

/// Successive frames in an example.
inline constexpr int kWindowFrames = 5;

/// No upper limit for the frames of Clip::windows().
inline constexpr int kAnyFrame = std::numeric_limits<int>::max();

/// Frames with successive numbers.
struct FrameRange {
  int first = 0, count = 0;
  bool operator==(const FrameRange &) const = default;
};

/// A folder with pictures N.jpg (N: frame number from 0 on, at 25 frames per second) and their
/// sound audio.wav. truth.bin, if it exists, has what encode_truth() writes.
struct Clip {
  std::string name;  ///< SPEAKER/CLIP
  std::filesystem::path folder;
  std::vector<FrameRange> ranges;  ///< ascending, with gaps between them

  int frames() const;
  std::filesystem::path picture(int number) const;
  std::filesystem::path sound() const { return folder / "audio.wav"; }
  std::filesystem::path truth() const { return folder / "truth.bin"; }

  /// Number of windows of `frames` successive frames that start at `first` ... `last`.
  int windows(int first, int last, int frames = kWindowFrames) const;
  /// First frame of window `index` (0, 1, ...) of those.
  int window(int first, int last, int index, int frames = kWindowFrames) const;
};

struct ClipListOptions {
  /// Published: clips of 3 * 5 or fewer pictures are never drawn.
  int min_frames = 3 * kWindowFrames + 1;
  bool needs_sound = true;
  std::uint64_t seed = 0;           ///< for choosing validation clips without val.txt
  std::filesystem::path filelists;  ///< folder of train.txt and val.txt; empty: search for it
};

/// The usable clips, sorted by name or in the order of the file lists, and counts of the others.
struct ClipList {
  std::vector<Clip> train, validation;
  std::filesystem::path filelists;  ///< the folder that was used; empty: none
  std::int64_t too_short = 0;       ///< fewer than min_frames pictures, or no five in succession
  std::int64_t without_sound = 0;   ///< no audio.wav
  std::int64_t missing = 0;         ///< in a file list, but not found

  std::int64_t left_out() const { return too_short + without_sound + missing; }
};

/// The clips in `pictures` (SPEAKER/CLIP/N.jpg), the folder imgs of the published layout or
/// HR_Train_Dateset/GT_IMG. train.txt and val.txt (lines SPEAKER/CLIP; as published, text after a
/// blank is ignored) are in a folder "filelists" inside `root` or, as in the published repository,
/// beside it; if `root` is `pictures`, also beside its parent. Without val.txt a tenth of the
/// clips, at least one of two or more, is chosen for validation by the seed. Throws Error{NotFound}
/// if the folder is missing or has no usable clip for training, with what was expected and left
/// out.
ClipList list_clips(const std::filesystem::path &root, const std::filesystem::path &pictures,
                    const ClipListOptions &options);

/// The same for the published layout: the pictures are in ROOT/imgs or, if that does not exist, in
/// ROOT.
ClipList list_clips(const std::filesystem::path &root, const ClipListOptions &options);

/// Numbers of the files N.jpg in a folder; empty for a missing folder.
std::vector<FrameRange> list_frames(const std::filesystem::path &folder);

}  // namespace hyperlips::training
