// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>

#include "hyperlips/face/color_match.hpp"
#include "hyperlips/face/one_euro.hpp"
#include "hyperlips/face/per_track.hpp"
#include "hyperlips/face/types.hpp"
#include "hyperlips/video/frame.hpp"

namespace hyperlips {

/// A new lower face for a frame.
struct NewFace {
  const cv::Mat &picture;  ///< CV_8UC3 BGR
  Box box;                 ///< what the picture covers, in upright frame pixels
  /// The picture is of the crop, and new only below its middle. Rows above kFirstShownRow are not
  /// used.
  bool lower_half = false;
  /// Landmarks of the face in the picture, in upright frame pixels; null: unknown.
  const Landmarks *landmarks = nullptr;
};

struct CompositeOptions {
  float feather = 0.1f;     ///< as of lower_face_mask()
  bool color_match = true;  ///< see match_color()
  float strength = 1;       ///< opacity, 0 ... 1
};

/// Blends a new lower face into a frame, inside lower_face_mask(). `face`: landmarks of the frame's
/// own face.
void composite(const FrameView &frame, const Landmarks &face, const NewFace &made,
               const CompositeOptions &options);

/// composite() for the frames of a video: mask and colors of each face track are steady in time.
/// The outline of the mask is filtered relative to the face (OneEuroFilter), and small changes of
/// the color correction are followed within 0.3 s, large ones at once. Not thread-safe.
class Compositor {
 public:
  /// Blends a face of a track into the frame at `time` (seconds), for its frames in order. `crop`:
  /// a steady box of the face, relative to which the landmarks are filtered.
  void composite(const FrameView &frame, std::int64_t track, double time, const Box &crop,
                 const Landmarks &face, const NewFace &made, const CompositeOptions &options);

  /// Forgets all tracks, for example after a seek.
  void reset() { tracks_.reset(); }

 private:
  class SteadyLandmarks {
   public:
    /// `passed`: seconds since the last ones; nothing: begin.
    Landmarks next(const Landmarks &landmarks, const Box &box, std::optional<double> passed);

   private:
    OneEuroFilter<2 * kLandmarks> filter_;
  };
  struct Track {
    SteadyLandmarks own, drawn;
    bool has_drawn = false;  ///< in the last frame
    std::optional<ColorCorrection> colors;
  };
  PerTrack<Track> tracks_;
};

}  // namespace hyperlips
