// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <vector>

#include "synth/speech/phonemes.hpp"

namespace hyperlips::synth {

/// A sound as it is heard, in seconds of its passage; a pause has no articulations.
struct HeardSound {
  std::vector<Articulation> articulations;
  double start = 0, end = 0;
  double release = 0;  ///< as in Phoneme
  float effort = 1;    ///< scales the opening of the mouth
};

/// The motion of a mouth through a passage of speech. Sounds pull at the mouth with dominances that
/// fall off with distance (Cohen and Massaro 1993, Modeling coarticulation in synthetic visual
/// speech), so that each is colored by its neighbors. What must happen does: lips are shut from
/// before a p, b or m is heard until exactly its release, and the mouth is shut in pauses.
class MouthMotion {
 public:
  MouthMotion() = default;
  /// `sounds` follow each other without gaps; before and after them is silence.
  explicit MouthMotion(const std::vector<HeardSound> &sounds);

  /// At any time, in time that does not depend on the length of the passage.
  MouthPose pose(double seconds) const;

 private:
  /// A target that is held from `begin` to `end`.
  struct Gesture {
    double begin, end;
    MouthPose mouth;
    Insistence insistence;
  };
  struct Span {
    double begin, end;
  };

  /// Of the lips; they are pressed together from `press`.
  struct Closure {
    double begin, press, end;
  };

  void add_gestures(const HeardSound &sound);
  void find_closures(const std::vector<HeardSound> &sounds);
  MouthPose blend(double seconds) const;
  float awake(double seconds) const;
  void close(MouthPose &pose, double seconds) const;

  std::vector<Gesture> gestures_;  // in order
  std::vector<Span> speech_;       // between pauses, in order
  std::vector<Closure> closures_;  // to the release, in order
};

}  // namespace hyperlips::synth
