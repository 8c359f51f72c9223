// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gst/lib/media/video_clip.hpp"
#include "training/data/frame_rate.hpp"

namespace hyperlips::training {

inline constexpr GstClockTime kFrameTime = GST_SECOND / kFrameRate;

/// Resamples a video of any constant or variable frame rate to 25 frames per second: picture n is
/// the frame nearest to the time of the first frame plus n * 40 ms, so there is no drift. Pixel
/// formats that the library does not support are converted; interlaced video is deinterlaced.
class ConstantRateReader {
 public:
  /// `cancel` has the effect of the end of the file.
  ConstantRateReader(const std::string &path, const std::atomic<bool> &cancel);

  /// Decodes the first frame and returns its stream time. Throws Error{Format} that names the file
  /// if there is none.
  GstClockTime start();

  /// The next picture, with the time of its frame in the file; none at the end.
  std::optional<Frame> next();

  /// Distance of the last picture's frame from its nominal time: more than half a frame time at low
  /// frame rates and in gaps.
  GstClockTime time_error() const { return time_error_; }

  /// Valid after start().
  GstCaps *caps() const { return reader_.caps(); }
  Orientation orientation() const { return reader_.orientation(); }

 private:
  std::string path_;
  FrameReader reader_;
  GstClockTime origin_ = 0, time_error_ = 0;
  std::uint64_t count_ = 0;  // pictures returned
  std::optional<Frame> current_, ahead_;
};

}  // namespace hyperlips::training
