// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hyperlips::training {

/// Successive frames that every example looks at.
inline constexpr int kWindowFrames = 5;

/// Pictures with successive numbers.
struct FrameRange {
  int first = 0, count = 0;
  bool operator==(const FrameRange &) const = default;
};

/// One folder of pictures N.jpg, N being the number of the frame at 25 frames a second from 0 on,
/// with the sound audio.wav.
struct Clip {
  std::string name;  ///< SPEAKER/CLIP
  std::filesystem::path folder;
  std::vector<FrameRange> ranges;  ///< ascending, with gaps between them

  int frames() const;
  std::filesystem::path picture(int number) const;
  std::filesystem::path sound() const { return folder / "audio.wav"; }

  /// How many windows of kWindowFrames successive pictures start at a number from `first` to
  /// `last`.
  int windows(int first, int last) const;
  /// The number at which window `index` of those, counted from 0, starts.
  int window(int first, int last, int index) const;
};

struct ClipListOptions {
  /// Published: clips of 3 * 5 or fewer pictures are never drawn.
  int min_frames = 3 * kWindowFrames + 1;
  bool needs_sound = true;
  std::uint64_t seed = 0;           ///< of the validation clips, where no file lists name them
  std::filesystem::path filelists;  ///< folder of train.txt and val.txt; empty: search for it
};

/// The usable clips, by name or in the order of the file lists, and how many were left out.
struct ClipList {
  std::vector<Clip> train, validation;
  std::filesystem::path filelists;  ///< the folder that was used; empty: there was none
  std::int64_t too_short = 0;       ///< fewer than min_frames pictures, or no window of five
  std::int64_t without_sound = 0;   ///< no audio.wav
  std::int64_t missing = 0;         ///< named by a file list, but not there

  std::int64_t left_out() const { return too_short + without_sound + missing; }
};

/// The clips below `pictures` (SPEAKER/CLIP/N.jpg), the folder imgs of the published layout or
/// HR_Train_Dateset/GT_IMG. train.txt and val.txt (a line SPEAKER/CLIP, as published what follows a
/// blank is ignored) lie in a folder "filelists": inside `root`, or, as in the published
/// repository, beside it; with `root` being `pictures`, also beside its parent. Where there is no
/// val.txt, a tenth of the clips, at least one of two or more, is drawn for validation by the seed.
/// Throws Error{NotFound} when there is no such folder or no usable clip for training, saying what
/// was looked for and what was left out.
ClipList list_clips(const std::filesystem::path &root, const std::filesystem::path &pictures,
                    const ClipListOptions &options);

/// The same for the published layout below `root`: ROOT/imgs, or ROOT itself when it is that
/// folder.
ClipList list_clips(const std::filesystem::path &root, const ClipListOptions &options);

/// Numbers of the files N.jpg in a folder; empty when there is no such folder.
std::vector<FrameRange> list_frames(const std::filesystem::path &folder);

}  // namespace hyperlips::training
