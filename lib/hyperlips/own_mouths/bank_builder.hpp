// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <vector>

#include "hyperlips/own_mouths/bank.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

struct BankOptions {
  std::size_t max_frames = 3000;  ///< 1 ... kMaxBankFrames; about 25 kB each
  int max_picture = 512;          ///< pixels of a side, 64 ... kMaxBankPicture
};

/// Collects the frames of a bank, one after the other, in bounded memory: of more than max_frames,
/// those stay that show rare mouths and poses.
///
///     BankBuilder builder;
///     while (read(frame)) if (!tracker.track(frame, time).empty()) builder.add(frame, face, time);
///     Bank bank = builder.finish();
class BankBuilder {
 public:
  /// Throws Error{Settings} for an option out of range.
  explicit BankBuilder(const BankOptions &options = {});

  /// Adds the frame at `time` (seconds). Frames whose mouth is hidden are left out.
  void add(const FrameView &frame, const Face &face, double time);

  std::size_t frames() const { return frames_.size(); }

  /// The bank without its fit to speech; `frame_seconds` is the duration of a frame. Throws
  /// Error{NotFound} if there were no usable frames.
  Bank finish();

 private:
  void thin_out();

  BankOptions options_;
  std::vector<BankFrame> frames_;
  std::vector<std::vector<std::uint8_t>> pictures_;
  std::int64_t track_ = -1;
  std::int32_t run_ = 0;
  double last_time_ = -1, frame_seconds_ = 0;
};

/// The part of the frame that a bank keeps of a face, in upright pixels: from the nose to below the
/// chin, with room for a jaw that is further open.
Box lower_face_box(const Landmarks &landmarks);

}  // namespace hyperlips
