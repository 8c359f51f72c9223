// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <list>

#include "hyperlips/face/types.hpp"
#include "hyperlips/model/conventions.hpp"

namespace hyperlips {

/// The boxes of the faces of a video, before smoothing (see mean_box() and CausalBoxFilter), for
/// training as for inference. Learns the face at rest of each track, of which it stores the 64 most
/// recent. Not thread-safe.
///
///     FaceFraming framing(Framing::Steady);
///     for (const Face &face : tracker.track(frame, time))
///       const Box box = framing.box(face.track_id, face.landmarks, time);
class FaceFraming {
 public:
  explicit FaceFraming(Framing framing = Framing::Steady);
  ~FaceFraming();
  FaceFraming(FaceFraming &&) noexcept;
  FaceFraming &operator=(FaceFraming &&) noexcept;

  Framing framing() const { return framing_; }

  /// The box of a face in the frame at `time` (seconds), to be called for its frames in order.
  Box box(std::int64_t track, const Landmarks &landmarks, double time);

  /// Forgets all tracks, for example after a seek.
  void reset();

 private:
  struct Person;

  Framing framing_;
  std::list<Person> people_;  ///< latest first
};

/// The box of a face in a single picture.
Box framed_box(const Landmarks &landmarks, Framing framing);

}  // namespace hyperlips
