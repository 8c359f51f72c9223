// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gst/lib/media/video_clip.hpp"
#include "training/data/frame_rate.hpp"

namespace hyperlips::training {

inline constexpr GstClockTime kFrameTime = GST_SECOND / kFrameRate;

/// The pictures of a video of any frame rate, variable too, at 25 a second: picture n is the frame
/// whose time is nearest to that of the first frame plus 40 ms times n, so it never drifts. Pixel
/// formats that the library does not know are converted, interlaced video is deinterlaced.
class ConstantRateReader {
 public:
  /// `cancel` ends reading as the end of the file does.
  ConstantRateReader(const std::string &path, const std::atomic<bool> &cancel);

  /// Stream time of the first frame; decodes it. Throws Error that names the file if there is none.
  GstClockTime start();

  /// The next picture, with the time that its frame has in the file; none at the end.
  std::optional<Frame> next();

  /// How far the last picture's frame lay from the time that it stands for: more than half a frame
  /// time where the file has fewer frames, or a hole.
  GstClockTime away() const { return away_; }

  /// Known after start().
  GstCaps *caps() const { return reader_.caps(); }
  Orientation orientation() const { return reader_.orientation(); }

 private:
  std::string path_;
  FrameReader reader_;
  GstClockTime origin_ = 0, away_ = 0;
  std::uint64_t count_ = 0;  // pictures handed out
  std::optional<Frame> current_, ahead_;
};

}  // namespace hyperlips::training
